/* Splunk's libraries, unmodified, where a test can reach them; and one page made with them. */
import React from 'react';
import { createRoot } from 'react-dom/client';
import { SplunkSavedSearch, SplunkSearch } from '@splunk/datasources';
import Dropdown from '@splunk/react-time-range/Dropdown';
import SplunkwebConnector from '@splunk/react-time-range/SplunkwebConnector';
import { SplunkThemeProvider } from '@splunk/themes';

function showTimeRange(element) {
    function Picker() {
        const [range, setRange] = React.useState({ earliest: '-24h@h', latest: 'now' });
        window.timeRange = range;
        return (
            <SplunkwebConnector>
                <Dropdown {...range} onChange={(_event, chosen) => setRange(chosen)} />
            </SplunkwebConnector>
        );
    }
    createRoot(element).render(
        <SplunkThemeProvider>
            <Picker />
        </SplunkThemeProvider>
    );
}

/* What a data source says, as plain values that can leave the page. */
function told({ data, meta }) {
    return {
        fields: data.fields.map((field) => field.name || field),
        columns: data.columns,
        status: meta.status,
        total: meta.totalCount,
        percent: meta.percentComplete,
        sid: meta.sid,
        log: meta.serverLog,
    };
}

/* A request from its start to its end: everything that was told, and the error, if any. */
function follow(source, parameters) {
    const heard = [];
    return new Promise((resolve) => {
        source.request(parameters)({
            next: (value) => heard.push(told(value)),
            error: (error) => resolve({ heard, error }),
            complete: () => resolve({ heard }),
        });
    });
}

window.splunk = { SplunkSavedSearch, SplunkSearch, follow, showTimeRange, told };
