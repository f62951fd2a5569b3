/*
 * Script include CountersignOutbox (global scope, not client callable).
 *
 * add()  is called by the business rule, inside the transaction that changes the ticket: what happened is kept
 *        if, and only if, the change is.
 * send() is called by the scheduled job: it posts what waits, signed as https://www.standardwebhooks.com has it.
 *
 * No secret stands in here: it is read from the Password2 field of the record in u_countersign_receiver.
 */
var CountersignOutbox = Class.create();
CountersignOutbox.prototype = {
    OUTBOX: 'u_countersign_outbox',
    RECEIVER: 'u_countersign_receiver',

    // Values that are sent. The bot reads the ticket itself, so that no text has to travel.
    FIELDS: ['state', 'category', 'subcategory', 'impact', 'urgency', 'priority', 'assignment_group', 'assigned_to',
        'caller_id', 'close_code', 'active'],
    // Texts of which only the name is sent, when they change.
    TEXTS: ['short_description', 'description', 'close_notes', 'comments', 'work_notes'],

    ROWS_MAX: 50,
    RUN_MS_MAX: 45000,
    TIMEOUT_MS: 5000,
    ATTEMPTS_MAX: 24,
    WAIT_S_MAX: 3600,
    KEEP_DAYS: 7,
    // A body that is too large or not understood will not be accepted later either.
    HOPELESS: { '400': true, '413': true },

    initialize: function () {},

    add: function (current) {
        var operation = String(current.operation());
        var eventId = String(gs.generateGUID());
        var row = new GlideRecord(this.OUTBOX);
        row.initialize();
        row.setValue('u_event_id', eventId);
        row.setValue('u_record', String(current.getUniqueValue()));
        row.setValue('u_body', this.ascii(JSON.stringify(this.payload(current, operation, eventId))));
        row.setValue('u_state', 'queued');
        row.setValue('u_attempts', '0');
        row.setValue('u_next_try', new GlideDateTime().getValue());
        return row.insert();
    },

    payload: function (current, operation, eventId) {
        var gone = operation === 'delete';
        return {
            event_id: eventId,
            instance: String(gs.getProperty('instance_name')),
            table: String(current.getTableName()),
            operation: operation,
            sys_id: String(current.getUniqueValue()),
            number: this.value(current, 'number'),
            sys_mod_count: this.value(current, 'sys_mod_count'),
            sys_updated_on: gone ? String(new GlideDateTime().getValue()) : this.value(current, 'sys_updated_on'),
            // A deletion leaves the name of whoever changed the record last.
            sys_updated_by: gone ? String(gs.getUserName()) : this.value(current, 'sys_updated_by'),
            changes: operation === 'update' ? this.changes(current) : [],
            record: this.record(current)
        };
    },

    changes: function (current) {
        var found = [];
        var i, name;
        for (i = 0; i < this.FIELDS.length; i++) {
            name = this.FIELDS[i];
            if (this.changed(current, name)) {
                found.push({ field: name, old: this.before(name), 'new': this.value(current, name) });
            }
        }
        for (i = 0; i < this.TEXTS.length; i++) {
            if (this.changed(current, this.TEXTS[i])) {
                found.push({ field: this.TEXTS[i], old: '', 'new': '' });
            }
        }
        return found;
    },

    changed: function (current, name) {
        return current.isValidField(name) && current.getElement(name).changes();
    },

    before: function (name) {
        // Set by the business rule: the record as it was.
        return this.previous ? this.value(this.previous, name) : '';
    },

    record: function (current) {
        var values = {};
        for (var i = 0; i < this.FIELDS.length; i++) {
            if (current.isValidField(this.FIELDS[i])) {
                values[this.FIELDS[i]] = this.value(current, this.FIELDS[i]);
            }
        }
        return values;
    },

    value: function (record, name) {
        var value = record.getValue(name);
        return value === null || value === undefined ? '' : String(value);
    },

    // Everything but plain ASCII becomes \uXXXX, so that no character set on the way can change what was signed;
    // so does the dollar sign, or ${…} in a value would be filled in by RESTMessageV2.
    ascii: function (json) {
        return json.replace(/[^\x20-\x7e]|\$/g, function (character) {
            return '\\u' + ('0000' + character.charCodeAt(0).toString(16)).slice(-4);
        });
    },

    send: function () {
        var receiver = new GlideRecord(this.RECEIVER);
        receiver.addQuery('u_active', true);
        receiver.setLimit(1);
        receiver.query();
        if (!receiver.next()) {
            return;
        }
        var key = this.key(receiver);
        if (!key) {
            gs.error('Countersign: the secret in ' + this.RECEIVER + ' is not whsec_ and base64; nothing is sent');
            return;
        }
        this.drain(String(receiver.getValue('u_url')), key);
        this.forget();
    },

    // generateMac wants its key in base64, and base64 is what follows whsec_.
    key: function (receiver) {
        var secret = String(receiver.getElement('u_secret').getDecryptedValue() || '');
        return secret.indexOf('whsec_') === 0 ? secret.substring('whsec_'.length) : '';
    },

    drain: function (url, key) {
        var started = new Date().getTime();
        var row = new GlideRecord(this.OUTBOX);
        row.addQuery('u_state', 'queued');
        row.addQuery('u_next_try', '<=', new GlideDateTime().getValue());
        row.orderBy('sys_created_on');
        row.setLimit(this.ROWS_MAX);
        row.query();
        while (row.next() && new Date().getTime() - started < this.RUN_MS_MAX) {
            if (!this.deliver(row, url, key)) {
                // Whoever does not answer now will not answer the next one either; the rest keeps its order.
                return;
            }
        }
    },

    deliver: function (row, url, key) {
        var status = this.post(row, url, key);
        var attempts = parseInt(row.getValue('u_attempts'), 10) + 1;
        row.setValue('u_attempts', String(attempts));
        row.setValue('u_status', String(status));
        if (status >= 200 && status < 300) {
            row.setValue('u_state', 'sent');
        } else if (this.HOPELESS[String(status)] || attempts >= this.ATTEMPTS_MAX) {
            row.setValue('u_state', 'failed');
            gs.error('Countersign: event ' + row.getValue('u_event_id') + ' given up after HTTP ' + status);
        } else {
            var next = new GlideDateTime();
            next.addSeconds(Math.min(10 * Math.pow(2, attempts - 1), this.WAIT_S_MAX));
            row.setValue('u_next_try', next.getValue());
        }
        row.update();
        return String(row.getValue('u_state')) !== 'queued';
    },

    // Returns the HTTP status, or 0 where no answer came.
    post: function (row, url, key) {
        var id = String(row.getValue('u_event_id'));
        var body = String(row.getValue('u_body'));
        var at = String(Math.floor(new Date().getTime() / 1000));
        try {
            var request = new sn_ws.RESTMessageV2();
            request.setHttpMethod('post');
            request.setEndpoint(url);
            request.setHttpTimeout(this.TIMEOUT_MS);
            if (request.disableForcedVariableSubstitution) {
                request.disableForcedVariableSubstitution();
            }
            request.setRequestHeader('Content-Type', 'application/json');
            request.setRequestHeader('webhook-id', id);
            request.setRequestHeader('webhook-timestamp', at);
            request.setRequestHeader('webhook-signature', 'v1,' + this.mac(key, id + '.' + at + '.' + body));
            request.setRequestBody(body);
            return parseInt(request.execute().getStatusCode(), 10) || 0;
        } catch (error) {
            gs.warn('Countersign: event ' + id + ' could not be sent: ' + error);
            return 0;
        }
    },

    mac: function (key, content) {
        return String(new GlideCertificateEncryption().generateMac(key, 'HmacSHA256', content));
    },

    // Delivered events are of no further use.
    forget: function () {
        var old = new GlideRecord(this.OUTBOX);
        old.addQuery('u_state', 'sent');
        old.addQuery('sys_updated_on', '<', gs.daysAgoStart(this.KEEP_DAYS));
        old.setLimit(200);
        old.query();
        while (old.next()) {
            old.deleteRecord();
        }
    },

    type: 'CountersignOutbox'
};
