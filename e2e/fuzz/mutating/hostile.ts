/** Texts that are attacks on whoever reads, stores or shows them. */
export const hostileTexts: readonly string[] = [
  '', ' ', '\u0000', 'a\u0000b', '\n', '\r\nx-evil: 1', '\u001b[2J\u001b[31m', '\u202etxt.exe', '\ud800', '\ufeff', 'é', '𝕏'.repeat(50), '__proto__', 'constructor', 'toString', 'hasOwnProperty',
  '../../../../etc/passwd', '/etc/passwd', 'C:\\windows', '%2e%2e%2f', '%00', '%', '=cmd|\' /C calc\'!A0', '+1+1', '@SUM(1)', '-2+3', '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '\'; drop table x; --', '" or 1=1', '${jndi:ldap://x}', '{{7*7}}',
  '| project *', 'null', 'NaN', '1e999', '-1', '0', '9007199254740993', '18446744073709551616', 'sha256:', `sha256:${'0'.repeat(64)}`, `sha256:${'A'.repeat(64)}`, `sha512:${'0'.repeat(128)}`, 'application/vnd.oci.image.index.v1+json', 'application/vnd.oci.image.manifest.v1+json', 'text/html', 'x'.repeat(300), 'x'.repeat(70_000),
];

/** JSON as it may stand in a text, also what no writer of JSON would write. */
export const hostileJson: readonly string[] = [
  'null', 'true', 'false', '0', '-0', '-1', '1.5', '1e308', '1e999', '9007199254740993', '-9223372036854775809', '[]', '{}', '[[]]', '[null]', '{"":0}', '{"__proto__":{"x":1}}', '{"a":1,"a":2}', '{"constructor":{"prototype":{}}}', `${'['.repeat(70)}${']'.repeat(70)}`, `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`, '[1,]', 'undefined', '\'x\'', '01', '"\\ud800"', '"\\u0000"', '"\u0001"',
  ...hostileTexts.map((text) => JSON.stringify(text)),
];
