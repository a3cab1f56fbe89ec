// What judge.py asks of a page. A browser is given it before any page, whose own policy forbids scripts.
window.judge = (() => {
  const FOCUSABLE = 'a[href], button, input:not([type=hidden]), select, summary, textarea';
  const all = (selector) => [...document.querySelectorAll(selector)];
  const begin = (element) => element.outerHTML.slice(0, 200);
  const told = (found) => found.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' | ')}`);
  const SMALLEST = 24; // pixels (WCAG 2.5.8); a label belongs to its field's target
  const SPARE = 12; // a date has a stop for each of its parts, and what scrolls is one by itself
  let walked = new Set();
  let stumbled = [];

  const axe = async (tags, rules) => {
    const runOnly = rules.length ? { type: 'rule', values: rules } : { type: 'tag', values: tags };
    // no page plays anything, and nobody reads selectors: so both are left out
    const spared = { preload: false, selectors: false };
    const found = await window.axe.run(document, { runOnly, resultTypes: ['violations', 'incomplete'], ...spared });
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

  // With less motion wished for: what glides or fades nevertheless.
  const moving = () => {
    const lasts = (times) => times.split(', ').some((one) => parseFloat(one) * (one.endsWith('ms') ? 1 : 1000) > 1);
    const moves = (one) => {
      const { scrollBehavior, transitionDuration, animationDuration } = getComputedStyle(one);
      return scrollBehavior !== 'auto' || lasts(transitionDuration) || lasts(animationDuration);
    };
    return all('*').filter(moves).map(begin);
  };

  // The focus is looked at when Tab is about to take it further, when the page has come to rest.
  const look = (one) => {
    const style = getComputedStyle(one);
    const area = one.labels?.[0]?.getBoundingClientRect() ?? { width: 0, height: 0 };
    const { x, y, width, height } = one.getBoundingClientRect();
    const middle = (from, size, most) => Math.min(Math.max(from + size / 2, 0), most - 1);
    const top = document.elementFromPoint(middle(x, width, innerWidth), middle(y, height, innerHeight));
    const bare = (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) === 0) && style.boxShadow === 'none';
    const sides = [Math.max(width, area.width), Math.max(height, area.height)].map(Math.round);
    if (!(top && (one.contains(top) || top.contains(one)))) stumbled.push(`covered: ${begin(one)}`);
    if (bare) stumbled.push(`no outline: ${begin(one)}`);
    if (Math.min(...sides) < SMALLEST) stumbled.push(`small, ${sides.join(' × ')}: ${begin(one)}`);
  };
  const passed = ({ key }) => {
    const one = document.activeElement;
    if (key === 'Tab' && one !== document.body && !walked.has(one)) { walked.add(one); look(one); }
  };
  // How many times Tab has to be pressed.
  const start = () => {
    [walked, stumbled] = [new Set(), []];
    document.addEventListener('keydown', passed, true);
    document.querySelector('.office-skip').focus();
    const [radios, others] = [reached().filter(isRadio), reached().filter((one) => !isRadio(one))];
    return others.length + new Set(radios.map((one) => one.name)).size + SPARE;
  };
  const isRadio = (one) => one.type === 'radio';
  const reached = () => all(`${FOCUSABLE}, [tabindex="0"]`)
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled);
  const walk = () => {
    document.removeEventListener('keydown', passed, true);
    const missed = reached().filter((one) => !isRadio(one) && !walked.has(one));
    return [...stumbled, ...missed.map((one) => `not reached: ${begin(one)}`)];
  };

  return { axe, structure, wide, unseen, spaced, unspaced, moving, start, walk };
})();
