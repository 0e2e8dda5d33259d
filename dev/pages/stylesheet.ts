/**
 * The look of every local page: cards, buttons, badges, tables, meters; light and dark. The pages send it inline,
 * allowed by its hash. Classes: `wide` (on a card or grid), `card`, `grid`, `halves`, `buttons`, `button`, `primary`, `users`, `user`,
 * `who`, `avatar`, `badge`, `muted`, `error`, `notice`, `bad`, `numbers`, `scroll`.
 */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --page: #f4f6f8; --card: #fff; --line: #d0d5db; --text: #1b1d21; --muted: #57606a;
  --primary: #0b5cad; --on-primary: #fff; --code: #ecf0f3; --bad: #b3241a; --good: #147a14;
  --track: #eceef0; --banner: #7a4a00; --on-banner: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1317; --card: #181c23; --line: #333a44; --text: #e8eaed; --muted: #9aa3ad;
    --primary: #66b0ff; --on-primary: #0b1620; --code: #10141b; --bad: #ff8577; --good: #74b878;
    --track: #35383d;
  }
}
*, ::before, ::after { box-sizing: border-box }
[hidden] { display: none !important }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere;
}
header { padding: 6px 16px; background: var(--banner); color: var(--on-banner); text-align: center; font-size: 14px }
main { display: grid; gap: 16px; justify-items: center; padding: 48px 16px }
main > * { width: 100%; max-width: 448px; min-width: 0 }
main > .wide { max-width: 928px }
.card { padding: 24px; background: var(--card); border: 1px solid var(--line); border-radius: 12px }
.grid, .halves { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)) }
.halves { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)) }
.grid > *, .halves > * { min-width: 0 }
h1 { margin: 0 0 4px; font-size: 22px; line-height: 1.5 }
h2 { margin: 0 0 8px; font-size: 16px }
p { margin: 0 0 12px }
.card > :last-child, section > :last-child { margin-bottom: 0 }
a { color: var(--primary) }
.muted, .users small { color: var(--muted) }
.error, .bad { color: var(--bad) }
.notice { padding: 12px 16px; border: 1px solid var(--line); border-left: 4px solid var(--primary); border-radius: 8px; background: var(--card) }
.notice.bad { border-left-color: var(--bad) }
.notice > :last-child { margin-bottom: 0 }
button, .button, select, input:not([type=checkbox], [type=radio]) {
  min-height: 44px; padding: 8px 15px; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card); color: var(--text); font: inherit;
}
input:not([type=checkbox], [type=radio]), select { width: 100%; border-color: var(--muted) }
input[type=checkbox], input[type=radio] { width: 20px; height: 20px; margin: 0 8px 0 0; vertical-align: middle }
label { display: block; min-height: 24px; margin: 0 0 12px }
button, .button { display: inline-flex; align-items: center; justify-content: center; cursor: pointer; text-decoration: none }
button:hover, .button:hover { border-color: currentcolor }
.primary { background: var(--primary); border-color: var(--primary); color: var(--on-primary) }
button[aria-disabled=true] { opacity: .7; cursor: progress }
.buttons { display: flex; flex-wrap: wrap; gap: 5px; margin: 12px 0 }
.buttons form { display: contents }
.users { display: grid; gap: 8px; margin: 0 0 12px; padding: 0; list-style: none }
.user { width: 100%; gap: 12px; padding: 10px 14px; justify-content: flex-start; text-align: left }
.user .who { flex: 1; min-width: 0 }
.user .who > * { display: block }
small { font-size: 13.5px }
.avatar {
  flex: none; display: grid; place-items: center; width: 40px; height: 40px; border-radius: 50%;
  background: var(--primary); color: var(--on-primary); font-weight: 700;
}
.badge { display: inline-block; padding: 0 8px; border: 1px solid var(--line); border-radius: 9px; color: var(--muted); font-size: 12px }
table { width: 100%; border-collapse: collapse; font-size: 14.5px }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
.numbers { white-space: nowrap }
.scroll { overflow-x: auto }
code, pre { background: var(--code); border-radius: 4px; font: 13px/1.5 ui-monospace, 'Cascadia Mono', Menlo, monospace }
code { padding: 2px 4px }
pre { margin: 0 0 12px; padding: 12px; white-space: pre-wrap }
pre code { padding: 0 }
meter { display: block; width: 100%; height: 8px; margin: 20px 0 12px; background: var(--track); border: 1px solid var(--line); border-radius: 4px; overflow: hidden; appearance: none }
meter::-webkit-meter-inner-element { display: block; height: 100% }
meter::-webkit-meter-bar { height: 100%; background: var(--track); border: 0; border-radius: 0 }
meter::-webkit-meter-optimum-value, meter::-webkit-meter-suboptimum-value, meter::-webkit-meter-even-less-good-value { background: var(--good) }
meter::-moz-meter-bar { background: var(--good) }
meter[data-low]::-webkit-meter-optimum-value { background: var(--bad) }
meter[data-low]::-moz-meter-bar { background: var(--bad) }
details > summary { display: list-item; padding: 10px 0; cursor: pointer }
details > summary:first-of-type { min-height: 44px }
dl { display: grid; grid-template-columns: minmax(80px, auto) 1fr; gap: 4px 12px; margin: 0 0 12px; font-size: 14.5px }
dt { color: var(--muted) }
dd { margin: 0; min-width: 0 }
svg { display: block; width: 100%; height: auto }
:focus-visible { outline: 3px solid var(--primary); outline-offset: 2px }
@media (prefers-reduced-motion: no-preference) { button, .button { transition: border-color .15s } }
@media (max-width: 480px) { main { padding: 16px 8px } .card { padding: 16px } }
`
