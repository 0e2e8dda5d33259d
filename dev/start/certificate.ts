import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'

export interface TlsFiles {
  /** PEM. */
  readonly key: string
  readonly cert: string
}

const dayMs = 24 * 3_600_000
const validDays = 365
/** RFC 5280 §4.2.1.12 */
const serverAuth = '1.3.6.1.5.5.7.3.1'

/** Where the certificate of `npm start -- --https` is, below the project's folder. */
export const certificateFolder = '.local/https'
/** Its name in that folder. */
export const certificateName = 'certificate.pem'

/** The certificate for `https://localhost`, made once and kept, so that it is trusted only once. */
export async function localCertificate(directory: string): Promise<TlsFiles> {
  const keyFile = join(directory, 'key.pem')
  const certificateFile = join(directory, certificateName)
  const known = await read(keyFile, certificateFile)
  if (known !== undefined && isGood(new X509Certificate(known.cert))) return known

  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    notAfterDate: new Date(Date.now() + validDays * dayMs),
    extensions: [
      // No authority: whoever trusts it trusts no other certificate.
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      // Apple's systems refuse a certificate without.
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(keyFile, key, { mode: 0o600 })
  await writeFile(certificateFile, cert)
  return { key, cert }
}

async function read(keyFile: string, certificateFile: string): Promise<TlsFiles | undefined> {
  try {
    const [key, cert] = await Promise.all([
      readFile(keyFile, 'utf8'),
      readFile(certificateFile, 'utf8'),
    ])
    return { key, cert }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function isGood({ validTo, keyUsage }: X509Certificate): boolean {
  // Node has the extended usages under this name, and none at all where the extension is missing.
  const usages = keyUsage as readonly string[] | undefined
  return usages?.includes(serverAuth) === true && Date.parse(validTo) > Date.now() + dayMs
}
