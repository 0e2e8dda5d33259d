import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

test(
  'counts every test once, unloadable files as failures, and keeps the reasons of skips',
  { timeout: 120_000 },
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'reporter-'))
    const files = {
      'mixed.test.js': `
      describe('group', () => {
        test('passes', () => {})
        test('fails', () => { throw new Error('no') })
      })
      test('skipped with a reason', (context) => context.skip('no browser'))
      test.skip('skipped without', () => {}) // Counted as skipped without a reason.
      test.todo('to come') // Counted as skipped too.`,
      'broken.test.js': `throw new Error('cannot be loaded')`,
      'hook.test.js': `beforeAll(() => { throw new Error('no') }); test('never runs', () => {})`,
      'vitest.config.js': 'export default { test: { globals: true } }',
    }
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text)

    const { status } = spawnSync(
      process.execPath,
      [
        resolve('node_modules/vitest/vitest.mjs'),
        'run',
        `--reporter=${resolve('scripts/test-reporter.mjs')}`,
      ],
      { cwd: root, encoding: 'utf8' },
    )
    const results: unknown = JSON.parse(
      await readFile(join(root, '.cache/test-results.json'), 'utf8'),
    )

    expect(status).not.toBe(0)
    expect(results).toEqual({
      passed: 1,
      failed: 3,
      skipped: expect.arrayContaining([
        { name: 'skipped with a reason', reason: 'no browser' },
        { name: 'skipped without', reason: 'no reason given' },
        { name: 'to come', reason: 'no reason given' },
      ]),
    })
  },
)
