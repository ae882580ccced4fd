// A partner's app, built with openid-client, and a person's browser: code with PKCE, refresh, a pushed request, a device
// code and signing out, against a running Atrium. Prints what it found as JSON.
//
//   node client.mjs '{"issuer": …, "web": {"clientId", "secret"}, "device": {"clientId"}, "email", "password"}'

import * as client from 'openid-client'

const given = JSON.parse(process.argv[2])
const callback = 'https://partner.example/in'
const out = 'https://partner.example/out'
const scope = 'openid profile email offline_access customer:read'
const told = {}

class Browser {
  cookies = new Map()

  async ask(url, form) {
    const headers = { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') }
    const body = form && new URLSearchParams(form)
    const answer = await fetch(url, { method: form ? 'POST' : 'GET', headers, body, redirect: 'manual' })
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
      this.cookies.set(name, value)
    }
    return { status: answer.status, there: answer.headers.get('location'), text: await answer.text() }
  }

  // Follow our own addresses until a page wants something of the person, or the way leads elsewhere.
  async visit(url, form) {
    let answer = await this.ask(url, form)
    for (let step = 0; step < 10; step++) {
      const onward = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(answer.text)
      const there = answer.there ?? (onward && plain(onward[1]))
      if (!there) return { url, page: answer.text }
      url = new URL(there, url)
      if (url.origin !== given.issuer) return { elsewhere: url }
      answer = await this.ask(url)
    }
    throw new Error('the way has no end')
  }

  // Fill in the form of the page that one is on.
  async send(at, more) {
    const form = /<form method="(post|get)" action="([^"]+)">([^]*?)<\/form>/.exec(at.page)
    const fields = [...form[3].matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
    return this.visit(new URL(plain(form[2]), at.url), { ...Object.fromEntries(fields.map((f) => [f[1], plain(f[2])])), ...more })
  }

  async signIn(at) {
    if (!at.page?.includes('name="password"')) return at
    return this.send(at, { email: given.email, password: given.password })
  }
}

function plain(text) {
  return text.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&#34;', '"')
}

async function api(token) {
  const answer = await fetch(`${given.issuer}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ viewer { tenant { slug } } }' }),
  })
  return answer.status === 200 ? (await answer.json()).data.viewer.tenant.slug : answer.status
}

async function discovered({ clientId, secret }) {
  const how = secret ? client.ClientSecretBasic(secret) : client.None()
  return client.discovery(new URL(given.issuer), clientId, undefined, how, { execute: [client.allowInsecureRequests] })
}

async function codeFlow(config, browser, address, checks) {
  let at = await browser.signIn(await browser.visit(address))
  if (at.page) at = await browser.send(at, { decision: 'allow' })
  return client.authorizationCodeGrant(config, at.elsewhere, checks)
}

const web = await discovered(given.web)
const browser = new Browser()

const verifier = client.randomPKCECodeVerifier()
const wanted = {
  redirect_uri: callback,
  scope,
  resource: `${given.issuer}/graphql`,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state: client.randomState(),
  nonce: client.randomNonce(),
}
const checks = { pkceCodeVerifier: verifier, expectedState: wanted.state, expectedNonce: wanted.nonce, idTokenExpected: true }
const tokens = await codeFlow(web, browser, client.buildAuthorizationUrl(web, wanted), { ...checks, maxAge: 300 })
const claims = tokens.claims()
told.code = await api(tokens.access_token)
told.userinfo = (await client.fetchUserInfo(web, tokens.access_token, claims.sub)).email

const refreshed = await client.refreshTokenGrant(web, tokens.refresh_token)
told.refresh = await api(refreshed.access_token)
told.replay = await client.refreshTokenGrant(web, tokens.refresh_token).catch((error) => error.error)

const again = { ...wanted, state: client.randomState(), nonce: client.randomNonce() }
const pushed = await client.buildAuthorizationUrlWithPAR(web, again)
told.pushedCarries = [...pushed.searchParams.keys()].sort()
const byPush = await codeFlow(web, browser, pushed, { ...checks, expectedState: again.state, expectedNonce: again.nonce })
told.pushed = await api(byPush.access_token)
told.introspected = (await client.tokenIntrospection(web, byPush.access_token)).active
await client.tokenRevocation(web, byPush.refresh_token)
told.revoked = (await client.tokenIntrospection(web, byPush.access_token)).active

const device = await discovered(given.device)
const waiting = await client.initiateDeviceAuthorization(device, { scope: 'openid customer:read' })
const polling = client.pollDeviceAuthorizationGrant(device, { ...waiting, interval: 1 })
await browser.send(await browser.visit(new URL(waiting.verification_uri_complete)), { decision: 'allow' })
told.device = await api((await polling).access_token)

const leaving = client.buildEndSessionUrl(web, { id_token_hint: byPush.id_token, post_logout_redirect_uri: out, state: 'bye' })
told.out = (await browser.visit(leaving)).elsewhere.href
const silent = client.buildAuthorizationUrl(web, { ...wanted, prompt: 'none' })
told.signedIn = await client.authorizationCodeGrant(web, (await browser.visit(silent)).elsewhere, checks).catch((error) => error.error)

console.log(JSON.stringify(told))
