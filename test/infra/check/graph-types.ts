import { gzipSync } from 'node:zlib'

/**
 * The types of the Microsoft Graph extension that infra/identity uses, as the file that Bicep takes
 * for an extension: a gzipped tar with types.tgz, itself one with index.json and types.json. So the
 * registration compiles without a registry; a property that is not listed here is an error there.
 */
export function packGraphTypes(): Buffer {
  const types = createTypes()
  const index = {
    resources: {
      'Microsoft.Graph/applications@v1.0': place(types.application),
      'Microsoft.Graph/applications/federatedIdentityCredentials@v1.0': place(types.credential),
      'Microsoft.Graph/servicePrincipals@v1.0': place(types.servicePrincipal),
    },
    resourceFunctions: {},
    settings: { name: 'MicrosoftGraph', version: '1.0.0', isSingleton: false },
  }
  const inner = tarGzip({
    'index.json': JSON.stringify(index),
    'types.json': JSON.stringify(types.list),
  })
  return tarGzip({ 'types.tgz': inner })
}

type Property = readonly [type: object, flags?: number]

const required = 1
const readOnly = 2
const fixed = 10
const knownIdentifier = 25
/** An identifier that another resource may give: with 25 it would have to be known at the start. */
const identifier = 17

function createTypes() {
  const list: object[] = []
  const add = (type: object): object => {
    list.push(type)
    return { $ref: `#/${list.length - 1}` }
  }
  const string = add({ $type: 'StringType' })
  const boolean = add({ $type: 'BooleanType' })
  const integer = add({ $type: 'IntegerType' })
  const array = (itemType: object): object => add({ $type: 'ArrayType', itemType })
  const object = (name: string, properties: Record<string, Property>): object => {
    const entries = Object.entries(properties).map(([key, [type, flags = 0]]) => [
      key,
      { type, flags },
    ])
    return add({ $type: 'ObjectType', name, properties: Object.fromEntries(entries) })
  }
  const resource = (type: string, properties: Record<string, Property>): object => {
    const literal = (value: string): Property => [add({ $type: 'StringLiteralType', value }), fixed]
    const body = object(type, {
      type: literal(type),
      apiVersion: literal('v1.0'),
      id: [string, readOnly],
      ...properties,
    })
    return add({ $type: 'ResourceType', name: `${type}@v1.0`, scopeType: 0, body, flags: 0 })
  }

  const strings = array(string)
  const owners = object('Relationship', { relationships: [strings, required] })
  const claims = array(object('OptionalClaim', { name: [string], essential: [boolean] }))
  const application = resource('Microsoft.Graph/applications', {
    uniqueName: [string, knownIdentifier],
    displayName: [string, required],
    appId: [string, readOnly],
    signInAudience: [string],
    isFallbackPublicClient: [boolean],
    owners: [owners],
    web: [
      object('WebApplication', {
        homePageUrl: [string],
        redirectUris: [strings],
        logoutUrl: [string],
        implicitGrantSettings: [
          object('ImplicitGrantSettings', {
            enableAccessTokenIssuance: [boolean],
            enableIdTokenIssuance: [boolean],
          }),
        ],
      }),
    ],
    api: [object('ApiApplication', { requestedAccessTokenVersion: [integer] })],
    optionalClaims: [
      object('OptionalClaims', { idToken: [claims], accessToken: [claims], saml2Token: [claims] }),
    ],
    requiredResourceAccess: [
      array(
        object('RequiredResourceAccess', {
          resourceAppId: [string],
          resourceAccess: [array(object('ResourceAccess', { id: [string], type: [string] }))],
        }),
      ),
    ],
  })
  const credential = resource('Microsoft.Graph/applications/federatedIdentityCredentials', {
    name: [string, identifier],
    audiences: [strings, required],
    issuer: [string, required],
    subject: [string, required],
  })
  const servicePrincipal = resource('Microsoft.Graph/servicePrincipals', {
    appId: [string, identifier],
    appRoleAssignmentRequired: [boolean],
    owners: [owners],
  })
  return { list, application, credential, servicePrincipal }
}

function place(reference: object): object {
  return { $ref: `types.json${(reference as { $ref: string }).$ref}` }
}

function tarGzip(files: Record<string, string | Buffer>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const body = Buffer.from(content)
    return [header(name, body.length), body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}

/** A header of the ustar format; the check sum counts its own field as eight spaces. */
function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512)
  const octal = (value: number, length: number): string => value.toString(8).padStart(length, '0')
  block.write(name, 0)
  block.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100)
  block.write(`${octal(size, 11)}\0${octal(0, 11)}\0        0`, 124)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0 `, 148)
  return block
}
