/* As much of a ServiceNow instance as our three scripts touch. Reads a scenario from stdin, prints what became of it. */
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const vm = require('vm');

const scenario = JSON.parse(fs.readFileSync(0, 'utf-8'));
const folder = process.argv[2];
const tables = { u_countersign_outbox: [], u_countersign_receiver: scenario.receivers };
const posts = [];
const logs = [];
let skipped = 0;
let made = 0;

function stamp(seconds) {
    return new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
}

class GlideDateTime {
    constructor() { this.ahead = skipped; }
    addSeconds(seconds) { this.ahead += seconds; }
    getValue() { return stamp(this.ahead); }
}

class GlideRecord {
    constructor(table) { this.table = table; this.checks = []; this.limit = Infinity; }
    initialize() { this.row = { sys_created_on: String(made++).padStart(6, '0') }; }
    setValue(name, value) { this.row[name] = value; }
    getValue(name) { return name in this.row ? this.row[name] : null; }
    insert() { tables[this.table].push(this.row); this.update(); return 'id'; }
    update() { this.row.sys_updated_on = stamp(skipped); }
    addQuery(name, operator, value) { this.checks.push(value === undefined ? [name, '=', operator] : [name, operator, value]); }
    orderBy(name) { this.order = name; }
    setLimit(limit) { this.limit = limit; }
    query() {
        const meets = (row, [name, operator, value]) => operator === '=' ? String(row[name]) === String(value)
            : operator === '<' ? row[name] < value : row[name] <= value;
        this.found = tables[this.table].filter((row) => this.checks.every((check) => meets(row, check)));
        if (this.order) { this.found.sort((a, b) => a[this.order] < b[this.order] ? -1 : 1); }
        this.found = this.found.slice(0, this.limit);
    }
    next() { this.row = this.found.shift(); return this.row !== undefined; }
    deleteRecord() { tables[this.table] = tables[this.table].filter((row) => row !== this.row); }
    getElement(name) { return { getDecryptedValue: () => this.row[name] }; }
}

/* The record a business rule is given: `was` is null on insert. */
class Ticket {
    constructor(event, values) { this.event = event; this.values = values; }
    operation() { return this.event.operation; }
    getUniqueValue() { return this.event.now.sys_id; }
    getTableName() { return 'incident'; }
    isValidField(name) { return name in this.values; }
    getValue(name) { return name in this.values ? this.values[name] : null; }
    getElement(name) {
        const was = this.event.was || {};
        return { changes: () => this.values[name] !== was[name] };
    }
}

class RESTMessageV2 {
    constructor() { this.sent = { headers: {} }; }
    setHttpMethod(method) { this.sent.method = method; }
    setEndpoint(url) { this.sent.url = url; }
    setHttpTimeout(ms) { this.sent.timeout = ms; }
    disableForcedVariableSubstitution() { this.sent.plain = true; }
    setRequestHeader(name, value) { this.sent.headers[name] = value; }
    setRequestBody(body) { this.sent.body = body; }
    execute() {
        const answer = scenario.answers.length ? scenario.answers.shift() : 202;
        posts.push(this.sent);
        if (answer === 0) { throw new Error('no route to host'); }
        return { getStatusCode: () => answer };
    }
}

Object.assign(globalThis, {
    GlideDateTime, GlideRecord,
    sn_ws: { RESTMessageV2 },
    GlideCertificateEncryption: class {
        generateMac(key, algorithm, data) {
            if (algorithm !== 'HmacSHA256') { throw new Error(algorithm); }
            return crypto.createHmac('sha256', Buffer.from(key, 'base64')).update(data, 'utf-8').digest('base64');
        }
    },
    Class: { create: () => function () { this.initialize.apply(this, arguments); } },
    gs: {
        generateGUID: () => crypto.randomBytes(16).toString('hex'),
        getProperty: () => 'acme',
        getUserName: () => scenario.actor,
        daysAgoStart: (days) => stamp(skipped - days * 86400),
        error: (text) => logs.push(text),
        warn: (text) => logs.push(text),
    },
});

const script = (name) => fs.readFileSync(folder + '/' + name, 'utf-8');
vm.runInThisContext(script('outbox.js'));
for (const event of scenario.events) {
    globalThis.current = new Ticket(event, event.now);
    globalThis.previous = event.was ? new Ticket(event, event.was) : null;
    if (event.broken) { globalThis.current.getValue = () => { throw new Error('broken'); }; }
    vm.runInThisContext(script('business-rule.js'));
}
for (const wait of scenario.runs) {
    skipped += wait;
    vm.runInThisContext(script('scheduled-job.js'));
}
console.log(JSON.stringify({ posts, logs, rows: tables.u_countersign_outbox }));
