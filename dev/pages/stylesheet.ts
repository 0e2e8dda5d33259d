/**
 * The look of every local page: cards, buttons, badges, tables, meters; light and dark. The pages send it inline,
 * allowed by its hash. Classes: `wide` (on a card or grid), `card`, `grid`, `halves`, `buttons`, `button`, `primary`, `users`, `user`,
 * `who`, `avatar`, `badge`, `muted`, `error`, `notice`, `bad`, `numbers`,
 * `scroll`, `only-read`, `live` (takes no room while empty), `parties`, `sequence`.
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
.card { padding: 24px 24px 12px; background: var(--card); border: 1px solid var(--line); border-radius: 12px }
.grid, .halves { display: grid; gap: 16px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)) }
.halves { grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)) }
.grid > *, .halves > * { min-width: 0 }
h1 { margin: 0 0 4px; font-size: 22px; line-height: 1.5 }
h2 { margin: 0 0 8px; font-size: 16px }
p { margin: 0 0 12px }
a { color: var(--primary) }
.muted, .users small { color: var(--muted) }
.error, .bad { color: var(--bad) }
.notice { padding: 12px 16px 0; border: 1px solid var(--line); border-left: 4px solid var(--primary); border-radius: 8px; background: var(--card) }
.notice.bad { border-left-color: var(--bad) }
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
table { width: 100%; margin: 0 0 12px; border-collapse: collapse; font-size: 14.5px }
th, td { padding: 6px 8px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
.numbers { white-space: nowrap }
.scroll { overflow-x: auto }
code, pre { background: var(--code); border-radius: 4px; font: 13px/1.5 ui-monospace, 'Cascadia Mono', Menlo, monospace }
code { padding: 2px 4px }
pre { margin: 0 0 12px; padding: 12px; white-space: pre-wrap }
pre code { padding: 0 }
meter { display: block; width: 100%; margin: 20px 0 12px }
details > summary { display: list-item; padding: 10px 0; cursor: pointer }
details > summary:first-of-type { min-height: 44px }
dl { display: grid; grid-template-columns: minmax(80px, auto) 1fr; gap: 4px 12px; margin: 0 0 12px; font-size: 14.5px }
dt { color: var(--muted) }
dd { margin: 0; min-width: 0 }
.live:not(:has(*)) { position: absolute }
.only-read { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.parties, .sequence { display: grid; grid-template-columns: repeat(3, 1fr); margin: 0; padding: 0; text-align: center; font-size: 14.5px }
.parties { padding: 8px 0 }
.sequence {
  --lane: linear-gradient(var(--line), var(--line)) no-repeat;
  list-style: none; gap: 12px 0; padding: 12px 0;
  background: var(--lane) 16.67% 0 / 1px 100%, var(--lane) 50% 0 / 1px 100%, var(--lane) 83.33% 0 / 1px 100%;
}
.sequence li { position: relative; grid-column: 1 / 3; padding: 0 12px 10px; --from: 25%; --to: 25% }
.sequence li > span { background: var(--card); padding: 2px 4px }
.sequence .functions-entra, .sequence .entra-functions { grid-column: 2 / 4 }
.sequence .browser-entra, .sequence .entra-browser { grid-column: 1 / 4; --from: 16.67%; --to: 16.67% }
.sequence li::before { content: ''; position: absolute; bottom: 4px; left: var(--from); right: var(--to); border-top: 2px solid var(--primary) }
.sequence li::after {
  content: ''; position: absolute; bottom: 0; right: var(--to); border: 5px solid transparent;
  border-left: 8px solid var(--primary); border-right: 0;
}
.sequence :is(.functions-browser, .entra-functions, .entra-browser)::after {
  right: auto; left: var(--from); border: 5px solid transparent; border-right: 8px solid var(--primary); border-left: 0;
}
svg { display: block; width: 100%; height: auto }
:focus-visible { outline: 3px solid var(--primary); outline-offset: 2px }
@media (prefers-reduced-motion: no-preference) { button, .button { transition: border-color .15s } }
@media (max-width: 480px) { main { padding: 16px 8px } .card { padding: 16px 16px 4px } }
`
