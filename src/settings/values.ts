import type * as v from 'valibot'
import type { SettingName, settingDefinitions } from './schema.ts'

/** The settings as their formats give them, each by itself right. */
export type Values = {
  readonly [Name in SettingName]:
    | v.InferOutput<(typeof settingDefinitions)[Name]['format']>
    | (typeof settingDefinitions extends Record<Name, { default: string } | { required: true }>
        ? never
        : undefined)
}

/** Our own origin first, then the allowed ones. */
export function originsOf(values: Values): string[] {
  return [values.PUBLIC_URL.origin, ...values.ALLOWED_ORIGINS.map((url) => url.origin)]
}
