// Business rule "Countersign: note what happened" on Incident: after insert, update and delete; advanced.
// Not async: an async rule has no previous, changes() does not work there, and its order is not kept.
(function executeRule(current, previous /*null when async*/) {
    try {
        var outbox = new CountersignOutbox();
        outbox.previous = previous;
        outbox.add(current);
    } catch (error) {
        // A person's change must never fail because of us; the bot finds it by polling.
        gs.error('Countersign: ' + current.getTableName() + ' ' + current.getUniqueValue() + ' not noted: ' + error);
    }
})(current, previous);
