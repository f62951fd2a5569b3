// How far the bot is with learning the past of both desks, and how good it then is.

const NAMES = { jira: 'Jira', servicenow: 'ServiceNow' };
/** The field by which a desk sends a ticket on. */
const FIELDS = { jira: ['components', 'Component'], servicenow: ['assignment_group', 'Assignment group'] };

/** Take in how far it is. */
export function heard(standings) {
  const place = document.getElementById('lessons');
  const words = Object.entries(standings).map(([system, each]) => told(system, each)).join(' ');
  if (place.textContent !== words) place.textContent = words;
}

function told(system, standing) {
  if (standing.state === 'learning') {
    return `${NAMES[system]}: learning the past tickets; suggestions get surer in a moment.`;
  }
  if (standing.state === 'failed') return `${NAMES[system]}: the past tickets were not learned.`;
  const [name, label] = FIELDS[system];
  const field = standing.fields[name];
  const known = `${NAMES[system]}: learned from ${standing.tickets.toLocaleString('en')} past tickets.`;
  if (!field?.coverage) return known;
  const [alone, right] = [field.coverage, field.precision].map((share) => Math.round(share * 100));
  return `${known} ${label} named alone in ${alone} of 100, right in ${right} of 100 of these.`;
}
