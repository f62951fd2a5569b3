// Scheduled script execution "Countersign: send what happened", periodically, every 10 seconds.
new CountersignOutbox().send();
