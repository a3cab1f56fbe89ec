// What judge.py asks of a page. It is evaluated, not loaded: the page's own policy forbids scripts and stays on.
window.judge = (() => {
  const FOCUSABLE = 'a[href], button, input:not([type=hidden]), select, summary, textarea';
  const all = (selector) => [...document.querySelectorAll(selector)];
  const begin = (element) => element.outerHTML.slice(0, 200);
  const told = (found) => found.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`);
  let walked = new Set();

  const axe = async (tags, rules) => {
    const runOnly = rules.length ? { type: 'rule', values: rules } : { type: 'tag', values: tags };
    const found = await window.axe.run(document, { runOnly, resultTypes: ['violations', 'incomplete'] });
    return { violations: told(found.violations), incomplete: told(found.incomplete) };
  };

  const structure = () => ({
    h1: all('h1').length,
    main: all('main').length,
    lang: document.documentElement.lang,
    titled: Boolean(document.title.trim()),
    scripts: document.scripts.length,
    styles: all('[style], style').map(begin),
    handlers: all('*').filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).map(begin),
    hurried: all('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])').map(begin),
    unnamed: all('main :is(input:not([type=hidden]), select, textarea)')
      .filter((one) => !one.labels.length && !one.ariaLabel).map(begin),
  });

  // What sticks out at the right, if the page scrolls sideways.
  const wide = () => (document.documentElement.scrollWidth <= window.innerWidth ? [] : [
    `${document.documentElement.scrollWidth} px`,
    ...all('body *').filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1).map(begin),
  ]);

  // Text in the colour of its ground; of that axe tells nothing.
  const unseen = () => {
    const clear = 'rgba(0, 0, 0, 0)';
    const ground = (one) => {
      const colour = one ? getComputedStyle(one).backgroundColor : 'none';
      return colour === clear ? ground(one.parentElement) : colour;
    };
    const says = (one) => [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    return all('main *').filter(says).filter((one) => getComputedStyle(one).color === ground(one)).map(begin);
  };

  // With the spacing of WCAG 1.4.12: what is cut off.
  const spaced = () => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
      word-spacing: 0.16em !important } p { margin-block-end: 2em !important }`);
    document.adoptedStyleSheets = [sheet];
    const cut = (one) => {
      const { overflowX, overflowY } = getComputedStyle(one);
      return /hidden|clip/.test(overflowX + overflowY) && one.clientWidth > 2 && one.clientHeight > 2
        && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1);
    };
    return all('body *').filter((one) => !one.closest('svg') && one.checkVisibility() && cut(one)).map(begin);
  };
  const unspaced = () => { document.adoptedStyleSheets = []; };

  // Longer than a blink, with less motion wished for.
  const moving = () => document.getAnimations().map((one) => one.effect.getComputedTiming().duration)
    .filter((duration) => duration > 1);

  const start = () => { walked = new Set(); document.querySelector('.office-skip').focus(); };

  // Where the focus is now; null if it was there before, or nowhere.
  const step = () => {
    const one = document.activeElement;
    if (one === document.body || walked.has(one)) return null;
    walked.add(one);
    const style = getComputedStyle(one);
    const area = one.labels?.[0]?.getBoundingClientRect() ?? { width: 0, height: 0 };
    const { x, y, width, height } = one.getBoundingClientRect();
    const middle = (from, size, most) => Math.min(Math.max(from + size / 2, 0), most - 1);
    const top = document.elementFromPoint(middle(x, width, innerWidth), middle(y, height, innerHeight));
    return {
      html: begin(one),
      width: Math.max(width, area.width),
      height: Math.max(height, area.height),
      covered: !(top && (one.contains(top) || top.contains(one))),
      bare: (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) === 0) && style.boxShadow === 'none',
    };
  };

  const missed = () => all(FOCUSABLE)
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled && one.type !== 'radio')
    .filter((one) => !walked.has(one)).map(begin);

  return { axe, structure, wide, unseen, spaced, unspaced, moving, start, step, missed };
})();
