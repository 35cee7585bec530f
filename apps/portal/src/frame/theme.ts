/** Follows the system, or is always one of the two. */
export type ColourTheme = 'auto' | 'light' | 'dark';
export const themes: readonly ColourTheme[] = ['auto', 'light', 'dark'];

const key = 'assay.theme';

export const chosenTheme = (): ColourTheme => themes.find((theme) => theme === localStorage.getItem(key)) ?? 'auto';

export const applyTheme = (theme: ColourTheme = chosenTheme()): void => {
  if (theme === 'auto') {
    localStorage.removeItem(key);
    delete document.documentElement.dataset['theme'];
  } else {
    localStorage.setItem(key, theme);
    document.documentElement.dataset['theme'] = theme;
  }
};
