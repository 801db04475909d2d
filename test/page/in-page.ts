/** JavaScript for the page itself, as text: the tests are checked as what runs in Node.js. Each is an expression. */
export const IN_PAGE = {
  /**
   * Keeps a record of what the browser forbids the page, and of what moves without anybody's doing. What changed lately is a list that
   * grows at its top, and does not count.
   */
  record: `(() => {
    globalThis.violations = [];
    globalThis.shift = 0;
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      globalThis.violations.push(violatedDirective + ' ' + blockedURI);
    });
    new PerformanceObserver((list) => {
      const isOfTimeline = ({ node }) => (node?.closest ? node : node?.parentElement)?.closest('.timeline');
      for (const { hadRecentInput, value, sources } of list.getEntries())
        if (!hadRecentInput && !sources.every(isOfTimeline)) globalThis.shift += value;
    }).observe({ type: 'layout-shift', buffered: true });
  })()`,
  violations: 'globalThis.violations',
  forgetViolations: 'void (globalThis.violations = [])',
  /** Layout Instability API. */
  layoutShift: 'globalThis.shift',
  mark: 'void (globalThis.loadedOnce = true)',
  isMarked: "'loadedOnce' in globalThis",
  overflow: 'document.documentElement.scrollWidth - innerWidth',
  /** Of the clusters whose rows were made, from top to bottom. */
  names: `[...document.querySelectorAll('.tbody .row')]
    .map((row) => [Number(row.getAttribute('aria-rowindex')), row.querySelector('.name').textContent])
    .toSorted(([one], [other]) => one - other)
    .map(([, name]) => name)`,
  /** The name of the cluster whose row has the focus, or the id of what has it. */
  focused: `document.activeElement.querySelector('.name')?.textContent ?? document.activeElement.id`,
  /** Whether the focus is in a dialog, or on its way through the browser's own controls. */
  isFocusInDialog: `document.activeElement === document.body || document.activeElement.closest('dialog') !== null`,
  /** Whether text may become markup. */
  takesMarkup: `(() => {
    try {
      document.body.innerHTML = '<b>x</b>';
      return true;
    } catch {
      return false;
    }
  })()`,
  axe: `axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target).join(', ')))`,
} as const;
