/** Which endpoint a request reached. */
export type LogKind =
  | 'authorize'
  | 'token'
  | 'logout'
  | 'discovery'
  | 'jwks'
  | 'msi'
  | 'userinfo'
  | 'groups-overage'
  | 'page'

/** One request, decoded; credentials only as their length and SHA-256. */
export interface LogEntry {
  id: number
  time: string
  kind: LogKind
  method: string
  path: string
  parameters: Record<string, unknown>
  /** Headers that matter to the protocol, by lower-case name. */
  headers: Record<string, string>
  /** Who it was about. */
  user?: string
  /** What became of it, in a few words. */
  outcome: string
  status: number
  /** From the request's arrival to the answer; absent where none was sent. */
  durationMs?: number
  /** SHA-256 (hex) of what was issued. */
  issued?: Record<string, string>
}
