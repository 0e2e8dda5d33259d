import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { beforeEach, expect, test } from 'vitest'
import { localCertificate } from '../../../dev/start/certificate.ts'
import { probe } from '../../../dev/start/probe.ts'

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certificate-'))
})

test('the certificate is for a server at localhost, and for no authority', async () => {
  const { cert } = await localCertificate(directory)
  const certificate = new X509Certificate(cert)

  expect(certificate.ca).toBe(false)
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(certificate.checkHost('localhost')).toBe('localhost')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
})

test('a client that trusts the certificate connects', async () => {
  const { key, cert } = await localCertificate(directory)
  const server = createServer({ key, cert }, (_request, response) => response.end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const url = `https://localhost:${port}/`

  await expect(probe(url, 200, { ca: cert })).resolves.toBeUndefined()
  await expect(probe(url, 200)).rejects.toThrow(/self-signed/)
  server.close()
})

test('the certificate is kept, and made anew where it is not for servers', async () => {
  const { cert } = await localCertificate(directory)
  expect((await localCertificate(directory)).cert).toBe(cert)

  const extensions = [{ name: 'basicConstraints' as const, cA: true }]
  const old = await generate([{ name: 'commonName', value: 'localhost' }], { extensions })
  await writeFile(join(directory, 'certificate.pem'), old.cert)
  const renewed = await localCertificate(directory)

  expect(renewed.cert).not.toBe(old.cert)
  expect(await readFile(join(directory, 'certificate.pem'), 'utf8')).toBe(renewed.cert)
})
