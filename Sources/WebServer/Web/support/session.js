/**
 * Who uses the page. Without accounts (local mode) that is one person with all rights, who never signs in.
 */

import { call, credentials } from "./api.js";

const place = "dragoman.token";

/** Tells of `change`: somebody signed in or out, or their rights came to be known. */
export const session = new EventTarget();

/** Who it is, as `/auth/me` says; `null` while nobody is signed in. */
session.user = null;
/** Whether there are accounts at all; `null` while unknown. */
session.hasAccounts = null;
/** Whether people may make accounts for themselves. */
session.allowsSignUp = false;

credentials.token = stored();
credentials.refused = () => {
  // Without accounts nobody is refused: one has been made since this page was opened.
  if (session.hasAccounts === false) session.hasAccounts = true;
  if (session.user || credentials.token) forget();
};

/** Finds out who it is. Throws `APIError` where the server cannot be asked. */
export async function identify() {
  if (session.hasAccounts === null) {
    const methods = await call("GET", "/auth/methods");
    session.hasAccounts = methods.credentials_required;
    session.allowsSignUp = methods.signup;
  }
  if (!session.hasAccounts) credentials.token = null;
  if (session.hasAccounts && !credentials.token) return announce(null);
  announce(await call("GET", "/auth/me"));
}

/** Signs in; on a device of one's own (`stays`) until the token expires, otherwise until the tab is closed. */
export async function signIn(email, password, stays) {
  const token = await call("POST", "/auth/login", { body: { email, password } });
  credentials.token = token.access_token;
  write(stays ? localStorage : sessionStorage, token.access_token);
  announce(await call("GET", "/auth/me"));
}

/** Makes an account and signs in. */
export async function signUp(email, password, stays) {
  await call("POST", "/auth/signup", { body: { email, password } });
  await signIn(email, password, stays);
}

/** Signs out, here at least. */
export async function signOut() {
  try {
    await call("POST", "/auth/logout");
  } finally {
    forget();
  }
}

/** Whether the person may do what needs that scope. */
export const may = (scope) => session.user?.scopes.includes(scope) ?? false;

function forget() {
  credentials.token = null;
  write(localStorage, null);
  write(sessionStorage, null);
  announce(null);
}

function announce(user) {
  session.user = user;
  session.dispatchEvent(new Event("change"));
}

function stored() {
  try {
    return sessionStorage.getItem(place) ?? localStorage.getItem(place);
  } catch {
    return null;
  }
}

function write(storage, token) {
  try {
    if (token) storage.setItem(place, token);
    else storage.removeItem(place);
  } catch {
    // Without storage the session lasts as long as the page.
  }
}
