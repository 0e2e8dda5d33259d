import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyRing, SigningKey } from './keys.ts'
import { type EmulatorState, nowOf } from './state.ts'

/** Keeps what the emulator remembers in a folder: users, grants, who is signed in where, and its keys. */
export interface KeptState {
  /** Takes over what was kept; false where nothing was. Throws where it cannot be read. */
  restore(state: EmulatorState): boolean
  /** Returns once it is on the disk, so that no answer is ahead of it. */
  save(state: EmulatorState): void
}

/** The newest; a session holds one, and those that it had before are not sent again. */
const keptRefreshTokens = 500
const codeLifetimeMs = 10 * 60_000

/** The file of the emulator's state in its folder. */
export const keptStateFile = 'entra.json'

export function createKeptState(directory: string): KeptState {
  const file = join(directory, keptStateFile)
  let last = ''
  return {
    restore: (state) => {
      const text = read(file)
      if (text === undefined) return false
      restoreState(state, JSON.parse(text) as Kept)
      return true
    },
    save: (state) => {
      const text = JSON.stringify(keptOf(state))
      if (text === last) return
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      writeFileSync(`${file}.draft`, text, { mode: 0o600 })
      renameSync(`${file}.draft`, file)
      last = text
    },
  }
}

type Kept = ReturnType<typeof keptOf>

function keptOf(state: EmulatorState) {
  const now = nowOf(state).getTime()
  return {
    users: state.settings.users,
    codes: [...state.codes].filter(([, { issuedAt }]) => now - issuedAt < codeLifetimeMs),
    refreshTokens: [...state.refreshTokens].slice(-keptRefreshTokens),
    browsers: [...state.browsers],
    consents: [...state.consents],
    keys: [state.keys.current, ...state.keys.others].map(({ kid, privateKey }) => ({
      kid,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    })),
  }
}

function restoreState(state: EmulatorState, kept: Kept): void {
  state.settings.users = kept.users
  state.codes = new Map(kept.codes)
  state.refreshTokens = new Map(kept.refreshTokens)
  state.browsers = new Map(kept.browsers)
  state.consents = new Set(kept.consents)
  state.keys = keyRing(kept.keys)
}

function keyRing(kept: Kept['keys']): KeyRing {
  const [current, ...others] = kept.map(({ kid, privateKey: pem }): SigningKey => {
    const privateKey = createPrivateKey(pem)
    return { kid, privateKey, publicKey: createPublicKey(privateKey) }
  })
  if (current === undefined) throw new Error('no signing key was kept')
  return { current, others }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
