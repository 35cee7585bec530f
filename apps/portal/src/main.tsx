import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './style/tokens.css';
import './style/base.css';
import { App } from './app.tsx';
import { applyTheme } from './frame/theme.ts';
import { issuerOfPage } from './session/issuer.ts';
import { asking, currentSession, takeToken } from './session/session.ts';

takeToken();
applyTheme();
const issuer = issuerOfPage();
if (issuer !== undefined && currentSession().token === undefined) {
  // From the first drawing on: a click on the sign-in would race with the silent one.
  asking(true);
  void import('./session/oidc.ts')
    .then(({ resume }) => resume(issuer))
    .catch((error: unknown) => {
      asking(false);
      throw error;
    });
}
const place = document.getElementById('portal');
if (!place) throw new Error('the page has no place for the portal');
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
