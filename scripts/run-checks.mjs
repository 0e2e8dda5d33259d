import { spawn } from 'node:child_process'

/**
 * Runs every check, two at a time, prints a line for each and what a failed one says, and resolves to
 * the names of those that failed.
 */
export async function runChecks(checks) {
  const failed = []
  const waiting = [...checks]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, args] = next
      const { passed, seconds, output } = await run(args)
      console.log(`${passed ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)`)
      if (passed) continue
      failed.push(name)
      console.log(output)
    }
  }
  await Promise.all([worker(), worker()])
  return failed
}

function run(args) {
  const startedAt = performance.now()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks = []
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => chunks.push(chunk))
  return new Promise((resolve) => {
    child.once('close', (code) =>
      resolve({
        passed: code === 0,
        seconds: (performance.now() - startedAt) / 1000,
        output: Buffer.concat(chunks).toString('utf8'),
      }),
    )
  })
}
