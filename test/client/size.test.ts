import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildClient } from '../../scripts/build-client.mjs'

const { core, leave } = await buildClient()

test('the helper is under 2,048 bytes as gzip, and what it loads to leave the page under 700', () => {
  expect(gzipSync(core, { level: 9 }).length).toBeLessThan(2048)
  expect(gzipSync(leave, { level: 9 }).length).toBeLessThan(700)
})

test('both parts stand alone: the one import is that of the second by its address', () => {
  const imports = (text: string) => text.match(/\bimport\b[^;]{0,40}|from"[^"]+"/g) ?? []
  expect(imports(core)).toEqual([expect.stringContaining('import("./client.js?part=leave")')])
  expect(imports(leave)).toEqual([])
})
