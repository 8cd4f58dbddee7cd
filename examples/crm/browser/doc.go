// Package browser has no code of its own: its tests start the real program and use its pages with Chromium, as people do.
//
// They need Chromium, and npm for axe-core, which package-lock.json pins. Without them they skip, but fail where CI=true. Pictures of
// all pages are written where CRM_SCREENSHOTS says.
package browser
