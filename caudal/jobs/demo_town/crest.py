"""The town's own sign, for its bills and its pages: a river between hills under the sun, in the shape of a shield."""

from typing import Final

CREST: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" width="96" height="96">'
    '<path d="M12 8h72v42c0 20-14 31-36 40C26 81 12 70 12 50z" fill="#ffffff"/>'
    '<circle cx="48" cy="31" r="10" fill="#e0a526"/>'
    '<path d="M15 52 33 26l12 15 8-10 28 21z" fill="#2f7d4f"/>'
    '<path d="M33 26l12 15-6 11H15z" fill="#276a43"/>'
    '<path d="M15 52h66c-1 6-3 10-6 14H21c-3-4-5-8-6-14z" fill="#1f6f9c"/>'
    '<path d="M21 66h54c-6 7-15 13-27 18-12-5-21-11-27-18z" fill="#0a5072"/>'
    '<path d="M18 59c6-4 12-4 18 0s12 4 18 0 12-4 18 0M27 70c5-3 9-3 14 0s9 3 14 0 9-3 14 0" '
    'fill="none" stroke="#ffffff" stroke-width="2.500" stroke-linecap="round"/>'
    '<path d="M12 8h72v42c0 20-14 31-36 40C26 81 12 70 12 50z" fill="none" stroke="#0a5072" '
    'stroke-width="4" stroke-linejoin="round"/></svg>'
)
