import { BffError } from '../../base/errors.ts'
import { singleParameter } from '../../base/single-parameter.ts'

const prompts = ['login', 'select_account', 'consent', 'none'] as const
type Prompt = (typeof prompts)[number]

/** The parameters of a login, checked; everything else in the query is ignored. */
export interface LoginParameters {
  readonly returnTo: string | undefined
  readonly prompt: Prompt | undefined
  readonly step: string | undefined
  /** What goes on to the authorization endpoint. */
  readonly passedOn: {
    readonly prompt?: Prompt
    readonly loginHint?: string
    readonly domainHint?: string
    readonly uiLocales?: string
  }
}

/**
 * Reads the query of `GET /auth/login` by an allow-list. Throws `invalid_parameter` naming the
 * parameter that is doubled or has a value that is not accepted.
 */
export function readLoginParameters(query: URLSearchParams): LoginParameters {
  const returnTo = single(query, 'returnTo')
  const prompt = readPrompt(single(query, 'prompt'))
  const loginHint = printable(query, 'login_hint', 320)
  const domainHint = printable(query, 'domain_hint', 253)
  const uiLocales = printable(query, 'ui_locales', 100)
  const step = single(query, 'step')
  if (prompt === 'select_account' && loginHint !== undefined) throw invalid('prompt')
  return {
    returnTo,
    prompt,
    step: step !== undefined && /^[\w-]{22}$/.test(step) ? step : undefined,
    passedOn: {
      ...(prompt && { prompt }),
      ...(loginHint && { loginHint }),
      ...(domainHint && { domainHint }),
      ...(uiLocales && { uiLocales }),
    },
  }
}

function readPrompt(value: string | undefined): Prompt | undefined {
  if (value === undefined) return undefined
  const prompt = prompts.find((known) => known === value)
  if (prompt === undefined) throw invalid('prompt')
  return prompt
}

function printable(query: URLSearchParams, name: string, maxLength: number): string | undefined {
  const value = single(query, name)
  if (value === undefined) return undefined
  if (value.length > maxLength || !/^[^\p{C}\p{Zl}\p{Zp}]+$/u.test(value)) throw invalid(name)
  return value
}

function single(query: URLSearchParams, name: string): string | undefined {
  return singleParameter(query, name, () => {
    throw invalid(name)
  })
}

function invalid(parameter: string): BffError {
  return new BffError('invalid_parameter', `unexpected "${parameter}" parameter`, { parameter })
}
