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

/**
 * Controls and tables without a name that stays. For axe a placeholder is a name, but it goes with the first letter that
 * is typed.
 */
export const unnamed = () =>
  [...document.querySelectorAll('input, select, textarea, table')]
    .filter((each) => each.checkVisibility({ checkVisibilityCSS: true }))
    .filter(
      (each) =>
        !each.getAttribute('aria-label')?.trim() &&
        !each.hasAttribute('aria-labelledby') &&
        ![...(each.labels ?? [])].some(({ textContent }) => textContent?.trim()) &&
        !each.caption?.textContent?.trim(),
    )
    .map((each) => `${each.tagName.toLowerCase()} ${each.getAttribute('placeholder') ?? each.className}`);

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

/**
 * Elements that draw something green, or a check mark, and are no part of a status that is healthy. Each is named by its
 * element, its text and what is green. A colour is green by its hue, where it is neither grey nor nearly transparent.
 */
export const strayGreens = () => {
  const isGreen = (colour) => {
    const most = /^rgba?\(/.test(colour) ? 255 : colour.startsWith('color(srgb ') ? 1 : undefined;
    if (most === undefined) return false;
    const [red, green, blue, alpha = 1] = colour
      .match(/-?[\d.]+(?:e-?\d+)?/g)
      .map(Number)
      .map((part, at) => (at < 3 ? (part / most) * 255 : part));
    const spread = Math.max(red, green, blue) - Math.min(red, green, blue);
    if (alpha < 0.1 || spread < 10 || green < Math.max(red, blue)) return false;
    const hue = 120 + (60 * (blue - red)) / spread;
    return hue > 80 && hue < 170;
  };
  const drawn = ['color', 'backgroundColor', 'borderTopColor', 'borderLeftColor', 'fill', 'stroke'];
  const stray = [];
  for (const each of document.querySelectorAll('body, body *')) {
    if (each.closest('[data-kind="healthy"]')) continue;
    const name = `${each.tagName.toLowerCase()} '${(each.textContent ?? '').trim().slice(0, 40)}'`;
    for (const part of [null, '::before', '::after']) {
      const style = getComputedStyle(each, part);
      for (const property of drawn)
        if (isGreen(style[property])) stray.push(`${name}${part ?? ''}: ${property} ${style[property]}`);
      if (part !== null && /[✓✔]/.test(style.content)) stray.push(`${name}${part}: ${style.content}`);
    }
    for (const { nodeType, nodeValue } of each.childNodes)
      if (nodeType === Node.TEXT_NODE && /[✓✔]/.test(nodeValue)) stray.push(`${name}: a check mark`);
  }
  return stray;
};

/** The words of everything that is drawn as healthy. */
export const healthyWords = () =>
  [...document.querySelectorAll('[data-kind="healthy"]')].map(({ textContent }) => textContent ?? '');

/** The protocols of all links on the page. */
export const linkProtocols = () => [...document.querySelectorAll('main a[href]')].map(({ protocol }) => protocol);

/** Everything that this origin stores in the browser, as text. */
export const storedTexts = () => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]);
