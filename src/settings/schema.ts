import * as v from 'valibot'
import {
  guidPattern,
  integerFormat,
  listFormat,
  originFormat,
  secureUrlFormat,
  sessionKeysFormat,
} from './formats.ts'
import { tablesFormat } from './tables.ts'
import { upstreamsFormat } from './upstreams.ts'

const tenantName = /^[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+$/i
/** Claims that are handles for this app or the identity provider, never for a browser. */
const hiddenClaims = ['sid', 'uti', 'rh', 'aio', 'nonce', 'login_hint', 'at_hash', 'c_hash']

const text = v.pipe(v.string(), v.nonEmpty())
const vaultName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]{1,127}$/i, 'must be a name of Key Vault: letters, digits and hyphens'),
)

const tenant = v.pipe(
  v.string(),
  v.check(
    (id) => guidPattern.test(id) || tenantName.test(id) || ['organizations', 'common'].includes(id),
    'must be a GUID, a domain, "organizations" or "common"',
  ),
)

const allowedTenants = v.pipe(
  listFormat,
  v.check(
    (ids) =>
      (ids.length === 1 && ids[0] === '*') ||
      (ids.length > 0 && ids.every((id) => guidPattern.test(id))),
    'must be GUIDs, comma-separated, or "*"',
  ),
)

const scopes = v.pipe(
  v.string(),
  v.transform((list) => list.split(/\s+/).filter((scope) => scope !== '')),
  v.check((list) => list.includes('openid'), 'must contain "openid"'),
)

const userClaims = v.pipe(
  listFormat,
  v.check(
    (names) => !names.some((name) => hiddenClaims.includes(name)),
    `must not name ${hiddenClaims.join(', ')}`,
  ),
)

interface SettingDefinition {
  readonly format: v.GenericSchema<string, unknown>
  /** The text that counts where the setting is absent; undefined: there is none. */
  readonly default?: string
  readonly required?: true
  readonly meaning: string
}

/** Every setting: format, default and meaning. The README's table is generated from it. */
export const settingDefinitions = {
  PUBLIC_URL: {
    format: originFormat,
    required: true,
    meaning: 'Origin that browsers see.',
  },
  ALLOWED_ORIGINS: {
    format: v.pipe(listFormat, v.array(originFormat)),
    default: '',
    meaning: 'Further same-site SPA origins.',
  },
  ENTRA_TENANT_ID: {
    format: tenant,
    required: true,
    meaning: 'GUID or domain; `organizations` or `common` only with `ENTRA_ALLOWED_TENANTS`.',
  },
  ENTRA_CLIENT_ID: { format: text, required: true, meaning: 'Application (client) id.' },
  ENTRA_ALLOWED_TENANTS: {
    format: allowedTenants,
    meaning: 'Tenants that may sign in: GUIDs, comma-separated, or `*` said out loud.',
  },
  ENTRA_AUTHORITY_HOST: {
    format: originFormat,
    default: 'https://login.microsoftonline.com',
    meaning: 'Sovereign clouds, External ID (`https://NAME.ciamlogin.com`).',
  },
  ENTRA_SCOPES: {
    format: scopes,
    default: 'openid profile email offline_access',
    meaning: 'Asked at sign-in.',
  },
  CLIENT_CREDENTIAL: {
    format: v.picklist(
      ['secret', 'federated', 'certificate'],
      'must be secret, federated or certificate',
    ),
    default: 'secret',
    meaning: '`secret`, `federated` (managed identity, no secret) or `certificate`.',
  },
  KEY_VAULT_URL: {
    format: secureUrlFormat,
    meaning: 'Required unless the plain settings below stand in for it.',
  },
  CLIENT_SECRET_NAME: {
    format: vaultName,
    default: 'entra-client-secret',
    meaning: 'Key Vault secret with the client secret.',
  },
  CLIENT_CERTIFICATE_NAME: {
    format: vaultName,
    default: 'entra-client-certificate',
    meaning: 'Key Vault certificate (PEM).',
  },
  SESSION_KEY_NAME: {
    format: vaultName,
    default: 'session-key',
    meaning: 'Key Vault secret with the session key.',
  },
  ENTRA_CLIENT_SECRET: {
    format: text,
    meaning: 'Client secret in place of the vault, or a Key Vault reference.',
  },
  SESSION_KEY: {
    format: sessionKeysFormat,
    meaning:
      'Session keys in place of the vault: base64url of 32 random bytes; the first writes, all read.',
  },
  TABLES_ENDPOINT: {
    format: tablesFormat,
    required: true,
    meaning: 'Table service URL or connection string; a list for several accounts.',
  },
  UPSTREAMS: {
    format: upstreamsFormat,
    default: '{}',
    meaning:
      'JSON: name → `{url, scopes, methods?, paths?, timeoutSeconds?, maxBodyBytes?, continuousAccess?}`.',
  },
  SESSION_IDLE_MINUTES: {
    format: integerFormat(1, 1440),
    default: '60',
    meaning: 'A session unused this long ends.',
  },
  SESSION_ABSOLUTE_HOURS: {
    format: integerFormat(1, 720),
    default: '12',
    meaning: 'Sessions end this long after sign-in.',
  },
  MAX_SESSIONS_PER_USER: {
    format: integerFormat(1, 1000),
    default: '100',
    meaning: 'Beyond that the oldest ends.',
  },
  LOGIN_TTL_MINUTES: {
    format: integerFormat(1, 60),
    default: '10',
    meaning: 'Time to finish a sign-in.',
  },
  REFRESH_COOLDOWN_SECONDS: {
    format: integerFormat(0, 3600),
    default: '30',
    meaning: 'A forced refresh sooner answers the current state.',
  },
  SESSION_SAME_SITE: {
    format: v.picklist(['Strict', 'Lax'], 'must be Strict or Lax'),
    default: 'Strict',
    meaning: '`Strict` or `Lax`.',
  },
  RESPONSE_MODE: {
    format: v.picklist(['query', 'form_post'], 'must be query or form_post'),
    default: 'query',
    meaning: '`query` or `form_post` (https only).',
  },
  ERROR_URL: { format: text, meaning: 'Where failed sign-ins go instead of the error page.' },
  DEFAULT_RETURN_TO: {
    format: text,
    default: '/',
    meaning: 'Where a sign-in without returnTo ends.',
  },
  USER_CLAIMS: {
    format: userClaims,
    default: '',
    meaning: 'Further ID-token claims shown as `user.claims`.',
  },
  RATE_LIMIT_PER_MINUTE: {
    format: integerFormat(0, 100_000),
    default: '300',
    meaning: 'Calls per address, instance and minute; 0: no limit.',
  },
  FORWARDED_HOPS: {
    format: integerFormat(1, 10),
    default: '1',
    meaning: "Which `X-Forwarded-For` entry from the right is the client's; 2 behind Front Door.",
  },
} as const satisfies Record<string, SettingDefinition>

/** The name of a setting. */
export type SettingName = keyof typeof settingDefinitions

/** Name, default, need and meaning of every setting, for the README and the checks of `infra/`. */
export const settingsTable: readonly {
  readonly name: string
  readonly default: string | undefined
  readonly required: boolean
  readonly meaning: string
}[] = Object.entries<SettingDefinition>(settingDefinitions).map(([name, definition]) => ({
  name,
  default: definition.default,
  required: definition.required ?? false,
  meaning: definition.meaning,
}))
