/**
 * Writes cdk-prod.js: the modules of src/ and of the SDK's core as one plain script.
 * A classic script cannot import synchronously, and applications use `cdk` right after its tag.
 *
 *   node static/classic/build.mjs           write it
 *   node static/classic/build.mjs --check   exit 1 if it is out of date
 */

import fs from 'node:fs';
import path from 'node:path';

const HERE = import.meta.dirname;
const OUT = path.join(HERE, 'cdk-prod.js');
const IMPORT = /^import \{ ([^}]+) \} from '([^']+)';\n/gm;
const EXPORT = /^export (?=(?:async )?(?:class|function|const)\b)/gm;
const NAME = /^export (?:async )?(?:class|function|const) (\w+)/gm;

/** @type {Map<string, string>} file → its text, dependencies first */
const modules = new Map();

/** @param {string} file */
const nameOf = file => `${path.basename(path.dirname(file))}_${path.basename(file, '.js')}`.replace(/\W/g, '_');

/** @param {string} file @param {string[]} above */
function add(file, above) {
	if (above.includes(file)) throw new Error(`modules import each other: ${[...above, file].join(' → ')}`);
	if (modules.has(file)) return;
	const source = fs.readFileSync(file, 'utf8');
	const names = [...source.matchAll(NAME)].map(match => match[1]);
	const body = source.replace(IMPORT, (_, list, from) => {
		const imported = path.resolve(path.dirname(file), from);
		add(imported, [...above, file]);
		return `const { ${list.replaceAll(' as ', ': ')} } = ${nameOf(imported)};\n`;
	}).replace(EXPORT, '');
	if (/^(import|export) /m.test(body)) throw new Error(`${file}: an import or export of a form this script does not know`);
	modules.set(file, `const ${nameOf(file)} = (() => {\n${body.trimEnd()}\nreturn { ${names.join(', ')} };\n})();\n`);
}

add(path.join(HERE, 'src/cdk.js'), []);
const script = `/* RTC:engine, classic interface. Made by static/classic/build.mjs: do not edit. MIT OR Apache-2.0 */
(() => {
'use strict';
${[...modules.values()].join('\n')}})();
`;

if (process.argv.includes('--check')) {
	const current = fs.existsSync(OUT) ? fs.readFileSync(OUT, 'utf8') : '';
	if (current !== script) {
		console.error('static/classic/cdk-prod.js is out of date: run node static/classic/build.mjs');
		process.exit(1);
	}
} else {
	fs.writeFileSync(OUT, script);
}
