import { expect, test } from 'vitest'
import { wantedAddress } from '../../../dev/start/addresses-of-functions.ts'
import { gatherSettings, sourcesText } from '../../../dev/start/settings-sources.ts'

test('the environment counts before local.settings.json, and an empty text counts as absent', () => {
  const file = { ALLOWED_ORIGINS: 'https://file.test', SESSION_IDLE_MINUTES: '5', MY_OWN: 'x' }
  const environment = { ALLOWED_ORIGINS: 'https://env.test', SESSION_IDLE_MINUTES: ' ', HOME: '/' }
  const { values } = gatherSettings(file, { ...environment, MY_OWN: 'y' })

  expect(values).toEqual({
    ALLOWED_ORIGINS: 'https://env.test',
    SESSION_IDLE_MINUTES: '5',
    MY_OWN: 'y',
  })
})

test('says where each setting that is not at its default comes from, never what it is', () => {
  const file = {
    SESSION_IDLE_MINUTES: '5',
    SESSION_ABSOLUTE_HOURS: '12',
    ENTRA_CLIENT_SECRET: 's3cret',
  }
  const gathered = gatherSettings(file, { RATE_LIMIT_PER_MINUTE: '77' })

  expect(sourcesText(gathered)).toEqual([
    'RATE_LIMIT_PER_MINUTE (environment)',
    'ENTRA_CLIENT_SECRET, SESSION_IDLE_MINUTES (local.settings.json)',
  ])
})

test.each([
  [{ ALOWED_ORIGINS: 'x' }, {}, /"ALOWED_ORIGINS" in local.settings.json.*"ALLOWED_ORIGINS"/],
  [
    {},
    { SESSION_IDLE_MINUTE: 'x' },
    /"SESSION_IDLE_MINUTE" in the environment.*"SESSION_IDLE_MINUTES"/,
  ],
  [{ session_idle_minutes: '5' }, {}, /did you mean "SESSION_IDLE_MINUTES"/],
  [{ WEATHER: 'x' }, {}, /"WEATHER" in local.settings.json is no setting of this project/],
])('warns of a name that no setting has: %j %j', (file, environment, expected) => {
  const { warnings } = gatherSettings(file, environment)
  expect(warnings).toEqual([expect.stringMatching(expected)])
})

test('leaves the names of the platform, of front ends and of other programs alone', () => {
  const file = {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: '',
    SHOP_ENTRA_CLIENT_ID: 'x',
  }
  expect(gatherSettings(file, { PATH: '/bin', LESS_OPEN: 'x', WEATHER: 'x' }).warnings).toEqual([])
})

test.each([
  ['nothing', {}, {}, { port: 7071, isExplicit: false, https: false, publicUrl: undefined }],
  ['PORT', {}, { PORT: '8080' }, { port: 8080, isExplicit: true }],
  ['--port before PORT', { port: 9000 }, { PORT: '8080' }, { port: 9000 }],
  [
    'PUBLIC_URL on this machine',
    {},
    { PUBLIC_URL: 'https://localhost:7443' },
    { port: 7443, https: true, publicUrl: undefined },
  ],
  [
    "the sample's PUBLIC_URL",
    { https: true },
    { PUBLIC_URL: 'http://localhost:7071' },
    { port: 7071, isExplicit: false, https: true, publicUrl: undefined },
  ],
  [
    'a dev server in front',
    {},
    { PUBLIC_URL: 'http://localhost:5173', PORT: '7071' },
    { port: 7071, publicUrl: 'http://localhost:5173' },
  ],
  [
    'a tunnel',
    {},
    { PUBLIC_URL: 'https://dev.example.test' },
    { port: 7071, isExplicit: false, publicUrl: 'https://dev.example.test' },
  ],
])('where the functions listen follows %s', (_, args, values, expected) => {
  expect(wantedAddress({ https: false, ...args }, values as Record<string, string>)).toMatchObject(
    expected,
  )
})

test.each([{ PORT: 'eighty' }, { PORT: '70000' }, { PUBLIC_URL: 'localhost:7071' }])(
  'refuses %j',
  (values) => {
    expect(() => wantedAddress({ https: false }, values as Record<string, string>)).toThrow(
      /must be/,
    )
  },
)
