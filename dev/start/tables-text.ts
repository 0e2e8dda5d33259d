/** Where the accounts of `TABLES_ENDPOINT` are: hosts or account names, never a key or signature. */
export function tablesText(setting: string): string {
  return setting
    .split(',')
    .map((entry) => accountText(entry.trim().replace(/^-/, '')))
    .join(', ')
}

function accountText(entry: string): string {
  const endpoint = /(?:^|;)TableEndpoint=([^;]+)/i.exec(entry)?.[1] ?? entry
  if (URL.canParse(endpoint)) return new URL(endpoint).origin
  const name = /(?:^|;)AccountName=([^;]+)/i.exec(entry)?.[1]
  return name === undefined ? 'a connection string' : `account ${name}`
}
