/* Which theme the user has chosen: always the light one. */
window.__get_theme__ = { getTheme: function () { return Promise.resolve('enterprise'); } };
