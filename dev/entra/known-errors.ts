interface KnownError {
  error: string
  text: string
  /** HTTP status at the token endpoint; 400 where absent. */
  status?: number
  /** Entra tells the person on a page of its own and never redirects. */
  shown?: boolean
}

/** Entra's numbers (Microsoft: "Microsoft Entra authentication and authorization error codes"). */
export const knownErrors: Readonly<Record<number, KnownError>> = {
  16000: {
    error: 'interaction_required',
    text: 'Either multiple user identities are available for the current request or selected account is not supported for the scenario.',
  },
  28000: {
    error: 'invalid_request',
    text: 'Provided value for the input parameter scope is not valid because it contains more than one resource.',
  },
  28003: {
    error: 'invalid_request',
    text: 'Provided value for the input parameter scope cannot be empty when requesting an access token using the provided authorization code. Please specify a valid scope.',
  },
  50000: {
    error: 'server_error',
    text: 'There was an error issuing a token or an issue with our sign-in service.',
  },
  50011: {
    error: 'invalid_request',
    text: 'The redirect URI specified in the request does not match the redirect URIs configured for the application.',
    shown: true,
  },
  50020: {
    error: 'access_denied',
    text: 'User account from the identity provider does not exist in the tenant and cannot access the application.',
    shown: true,
  },
  50027: { error: 'invalid_client', text: 'JWT token is invalid or malformed.', status: 401 },
  50034: { error: 'invalid_grant', text: 'The user account does not exist in the directory.' },
  50053: {
    error: 'invalid_grant',
    text: 'The account is locked, you have tried to sign in too many times with an incorrect user ID or password.',
  },
  50057: { error: 'invalid_grant', text: 'The user account is disabled.' },
  50058: {
    error: 'login_required',
    text: 'A silent sign-in request was sent but no user is signed in.',
  },
  50076: {
    error: 'interaction_required',
    text: 'Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource.',
  },
  50079: {
    error: 'interaction_required',
    text: 'Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access the resource.',
  },
  50105: {
    error: 'access_denied',
    text: 'Your administrator has configured the application to block users unless they are specifically granted access to the application.',
  },
  50173: {
    error: 'invalid_grant',
    text: 'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
  },
  50194: {
    error: 'invalid_request',
    text: 'Application is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps.',
    shown: true,
  },
  501481: {
    error: 'invalid_grant',
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  500011: {
    error: 'invalid_resource',
    text: 'The resource principal was not found in the tenant. This can happen if the application has not been installed by the administrator of the tenant.',
  },
  500112: {
    error: 'invalid_client',
    text: 'The reply address does not match the reply address provided when requesting Authorization code.',
  },
  500133: {
    error: 'invalid_client',
    text: 'Assertion is not within its valid time range.',
    status: 401,
  },
  53003: {
    error: 'access_denied',
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
  },
  54005: {
    error: 'invalid_grant',
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  65001: {
    error: 'consent_required',
    text: 'The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.',
  },
  65004: { error: 'access_denied', text: 'User declined to consent to access the app.' },
  650053: {
    error: 'invalid_client',
    text: "The application asked for a scope that doesn't exist on the resource. Contact the app vendor.",
  },
  70000: { error: 'invalid_grant', text: 'Provided grant is invalid or malformed.' },
  700005: {
    error: 'invalid_grant',
    text: 'Provided Authorization Code is intended to use against other tenant, thus rejected.',
  },
  70001: { error: 'unauthorized_client', text: 'The application is disabled.' },
  700016: {
    error: 'unauthorized_client',
    text: 'Application was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.',
    shown: true,
  },
  700023: {
    error: 'invalid_client',
    text: 'Client assertion audience claim does not match Realm issuer.',
    status: 401,
  },
  700024: {
    error: 'invalid_client',
    text: 'Client assertion is not within its valid time range.',
    status: 401,
  },
  700027: {
    error: 'invalid_client',
    text: 'Client assertion failed signature validation.',
    status: 401,
  },
  7000215: {
    error: 'invalid_client',
    text: 'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.',
    status: 401,
  },
  7000218: {
    error: 'invalid_client',
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    status: 401,
  },
  700021: {
    error: 'invalid_client',
    text: "Client assertion application identifier doesn't match the client_id parameter.",
    status: 401,
  },
  700211: {
    error: 'invalid_client',
    text: 'No matching federated identity record found for presented assertion issuer.',
    status: 401,
  },
  700212: {
    error: 'invalid_client',
    text: 'No matching federated identity record found for presented assertion audience.',
    status: 401,
  },
  700213: {
    error: 'invalid_client',
    text: 'No matching federated identity record found for presented assertion subject.',
    status: 401,
  },
  7000222: {
    error: 'invalid_client',
    text: 'The provided client secret keys are expired.',
    status: 401,
  },
  70003: { error: 'unsupported_grant_type', text: 'The app requested an unsupported grant type.' },
  70008: {
    error: 'invalid_grant',
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  700082: { error: 'invalid_grant', text: 'The refresh token has expired due to inactivity.' },
  700084: {
    error: 'invalid_grant',
    text: 'The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime, which cannot be extended.',
  },
  70011: {
    error: 'invalid_scope',
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid.",
  },
  70043: {
    error: 'invalid_grant',
    text: 'The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.',
  },
  700054: {
    error: 'unsupported_response_type',
    text: "response_type 'id_token' is not enabled for the application.",
    shown: true,
  },
  90002: {
    error: 'invalid_tenant',
    text: 'Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.',
    shown: true,
  },
  90014: {
    error: 'invalid_request',
    text: 'The required field is missing from the request. Ensure you have all the necessary parameters for the login request.',
  },
  90023: { error: 'invalid_request', text: 'Invalid parameter value.' },
  90033: {
    error: 'temporarily_unavailable',
    text: 'A transient error has occurred. Please try again.',
  },
  90094: {
    error: 'consent_required',
    text: 'An administrator must grant consent to the application.',
  },
  900144: {
    error: 'invalid_request',
    text: 'The request body must contain the required parameter.',
  },
  900561: { error: 'invalid_request', text: 'The endpoint only accepts POST requests.' },
  901002: { error: 'invalid_request', text: "The 'resource' request parameter is not supported." },
  9002313: { error: 'invalid_grant', text: 'Invalid request. Request is malformed or invalid.' },
  9002326: {
    error: 'invalid_request',
    text: "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
  },
  9002327: {
    error: 'invalid_request',
    text: "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
  },
}
