import {
  AzureCliCredential,
  AzureDeveloperCliCredential,
  ChainedTokenCredential,
  type TokenCredential,
} from '@azure/identity'
import { createGraph, type Graph } from './graph.ts'

/** Whoever is signed in to azd, else to the Azure CLI. */
export function signedInCredential(): TokenCredential {
  return new ChainedTokenCredential(new AzureDeveloperCliCredential(), new AzureCliCredential())
}

/** Microsoft Graph of the public cloud, the only one that its Bicep extension knows. */
export function signedInGraph(credential: TokenCredential): Graph {
  const url = 'https://graph.microsoft.com'
  return createGraph({
    url,
    wait: waitSeconds,
    async token() {
      const token = await credential.getToken(`${url}/.default`)
      if (token === null) throw new Error('no token for Microsoft Graph: azd auth login')
      return token.token
    },
  })
}

/** Resolves after so many seconds. */
export function waitSeconds(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

/** A variable of the azd environment. Throws when it is absent, and says how to get it. */
export function requireVariable(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]
  if (value === undefined || value === '')
    throw new Error(
      `"${name}" is missing: run this through azd (azd hooks run), after azd provision`,
    )
  return value
}

/** A whole number of days from a variable; undefined where it is absent. Throws on anything else. */
export function daysVariable(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const value = env[name]
  if (value === undefined || value === '') return undefined
  if (!/^[1-9]\d{0,2}$/.test(value) || Number(value) > 730)
    throw new Error(`"${name}" has to be a whole number of days, 1 to 730`)
  return Number(value)
}

/** Runs a hook: an error is one sentence, and azd stops. */
export async function runHook(hook: () => Promise<void>): Promise<void> {
  try {
    await hook()
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}
