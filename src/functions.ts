import { app } from '@azure/functions'
import { createBff } from './index.ts'

/**
 * The app that this repository deploys: `auth/*`, `api/*`, `health/*` and the timer `sweepExpired`.
 * A function of your own goes below, with `bff.signedIn` around its handler; docs/own-functions.md
 * shows how.
 */
const bff = createBff()
bff.register(app)
