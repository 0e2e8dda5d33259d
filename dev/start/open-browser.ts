import { spawn } from 'node:child_process'

const commands: Partial<Record<NodeJS.Platform, [string, string[]]>> = {
  darwin: ['open', []],
  win32: ['cmd', ['/c', 'start', '']],
}

/** Opens a URL in the person's browser. Resolves to false where there is none to open. */
export function openBrowser(url: string): Promise<boolean> {
  const [command, args] = commands[process.platform] ?? ['xdg-open', []]
  return new Promise((resolve) => {
    const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true })
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
