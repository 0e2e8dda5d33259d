import { existsSync } from 'node:fs'

const places = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/opt/google/chrome/chrome',
    '/opt/microsoft/msedge/msedge',
  ],
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [process.env.ProgramFiles, process.env['ProgramFiles(x86)'], process.env.LOCALAPPDATA]
    .filter(Boolean)
    .flatMap((folder) => [
      `${folder}\\Google\\Chrome\\Application\\chrome.exe`,
      `${folder}\\Microsoft\\Edge\\Application\\msedge.exe`,
    ]),
}

/** Path of a browser that playwright-core can drive: `CHROMIUM`, else a Chromium, Chrome or Edge. */
export function findBrowser() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  return (places[process.platform] ?? places.linux).find((path) => existsSync(path))
}

/** What to say where there is none. */
export const installLine =
  'no Chromium found; install one (Debian, Ubuntu: apt-get install chromium; macOS: brew install --cask chromium; Windows has Edge) or name it in CHROMIUM'

/** Small and quiet; in a container the sandbox has no user namespaces, and root has no sandbox. */
export const browserArguments = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]
