// Functions that run in the page. They know the document; the types of the tests do not.

/** Sends each violation of the policy to a function of the test. */
export const watchPolicy = (name) => {
  document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
    globalThis[name]?.({ violatedDirective, blockedURI, sourceFile });
  });
};

/** Loads something from elsewhere, which the policy forbids. */
export const loadFromElsewhere = () => {
  const image = document.createElement('img');
  image.src = 'https://elsewhere.example.com/x.png';
  document.body.append(image);
};

/** The width of the content and of the window, px. */
export const widths = () => [document.documentElement.scrollWidth, innerWidth];

/** The height of the content, px. */
export const contentHeight = () => document.documentElement.scrollHeight;

/** The state of this entry of the history, as text. */
export const historyState = () => JSON.stringify(history.state) ?? '';

/** Runs axe, which was loaded before. */
export const runAxe = (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values } });

/** Marks everything that can be pressed, but rows of tables, and returns a name for each. */
export const markReachable = () => {
  const found = document.querySelectorAll(
    'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary',
  );
  const seen = [...found].filter(
    (each) =>
      each.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true }) &&
      !each.closest('tbody, [inert], .cm-editor') &&
      each.tabIndex >= 0,
  );
  return seen.map((each, at) => {
    each.setAttribute('data-reach', String(at));
    const name = each.getAttribute('aria-label') ?? each.textContent ?? '';
    return `${each.tagName.toLowerCase()} '${name.trim().slice(0, 40)}'`;
  });
};

/** The mark of the element with the focus, and whether it is seen that it has it. */
export const focused = () => {
  const { activeElement } = document;
  const ring = activeElement && getComputedStyle(activeElement);
  return {
    mark: activeElement?.getAttribute('data-reach') ?? null,
    isSeen: ring ? ring.outlineStyle !== 'none' || ring.boxShadow !== 'none' : false,
  };
};

/** True if the element with this id has the focus. */
export const hasFocus = (id) => document.activeElement?.id === id;

/** The protocols of all links on the page. */
export const linkProtocols = () => [...document.querySelectorAll('main a[href]')].map(({ protocol }) => protocol);

/** Everything that this origin stores in the browser, as text. */
export const storedTexts = () => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]);
