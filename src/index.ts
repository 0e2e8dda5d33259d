import type {
  HttpHandler,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions'
import { type BffCore, createCore } from './core.ts'
import type { MaybeSignedIn, SignedIn, SignedInOptions } from './endpoints/signed-in.ts'
import { type FunctionsApp, register, type RegisterOptions } from './register.ts'
import { frontEnd } from './settings/front-end.ts'
import type { SettingName } from './settings/schema.ts'

export type { AccessToken, ApiClient } from './app/api-call/api-client.ts'
export type { SignedIn, MaybeSignedIn, SignedInOptions } from './endpoints/signed-in.ts'
export { BffError } from './base/errors.ts'
export type { ProblemCode, ProblemReason } from './base/errors.ts'
export type { FunctionsApp, RegisterOptions } from './register.ts'
export type { SettingName } from './settings/schema.ts'
export type { SessionView } from './session/view.ts'
export type { User } from './session/user.ts'

/** What a team says about its BFF; everything else is settings. */
export interface BffOptions {
  /** Settings in place of those of the environment, by the same names and as the same texts. */
  readonly settings?: Readonly<Partial<Record<SettingName, string>>>
  /**
   * Name of one of several front ends in one app: it reads `NAME_…` settings before the common ones,
   * is served below `NAME/`, and has cookies and sessions of its own.
   */
  readonly name?: string
}

/** A handler of the team's own for somebody who is signed in. */
export type SignedInHandler<Visitor> = (
  request: HttpRequest,
  context: InvocationContext,
  visitor: Visitor,
) => Promise<HttpResponseInit> | HttpResponseInit

/** The sign-in backend of one front end. */
export interface Bff {
  /**
   * Registers `auth/*`, `api/*`, `health/*` and the timer. Call it before functions of your own are
   * called. Wrong settings do not throw: every function then answers 503 `configuration_error`.
   */
  register(app: FunctionsApp, options?: RegisterOptions): void
  /** Puts the checks of the API proxy before a handler and its headers and errors around it. */
  signedIn(
    handler: SignedInHandler<MaybeSignedIn>,
    options: SignedInOptions & { readonly optional: true },
  ): HttpHandler
  signedIn(handler: SignedInHandler<SignedIn>, options?: SignedInOptions): HttpHandler
}

/**
 * Makes a sign-in backend. Nothing is read, loaded or asked for before it is registered. Throws a
 * `TypeError` for a name that the platform would not take.
 */
export function createBff(options: BffOptions = {}): Bff {
  let core: BffCore | undefined
  let paths: { readonly authPath?: string | undefined; readonly apiPath?: string | undefined } = {}
  const made = (): BffCore =>
    (core ??= createCore(
      { ...process.env, ...options.settings },
      frontEnd({ name: options.name, ...paths }),
    ))
  return {
    register(app, choice = {}) {
      if (core !== undefined) throw new TypeError('"register" must be called first, and once')
      paths = { authPath: choice.authPath, apiPath: choice.apiPath }
      register(app, made(), choice)
    },
    signedIn: (handler: SignedInHandler<never>, checks?: SignedInOptions): HttpHandler => {
      return (request, context) =>
        made().ownFunction(request, context, checks ?? {}, (visitor) =>
          Promise.resolve(handler(request, context, visitor as never)),
        )
    },
  }
}
