/** The English names of the console's pages. */
export const pages = {
  title: 'Pages',
  names: {
    desk: 'Desk',
    follow_ups: 'Follow-ups',
    wallboard: 'Wallboard',
    rota: 'Rota',
    triage: 'Triage',
    directory: 'Directory',
    figures: 'Figures',
    drill: 'Drill',
    office: 'People',
  },
};
