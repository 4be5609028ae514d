/* biox-emulator: a wearable for tests, demonstrations and people without hardware. */
#define _XOPEN_SOURCE 700
#include <signal.h>
#include <string.h>

#include "csv.h"
#include "fail.h"
#include "options.h"
#include "relay.h"
#include "session.h"

static void stop(int signal_number)
{
    (void)signal_number;
    session_stop = 1;
}

int main(int argc, char **argv)
{
    emulator_options options;
    options_read(&options, argc, argv);
    if (options.csv_out) {
        if (!csv_write(&options.pulse, options.rate, options.duration)) fail("Cannot write to standard output.");
        return 0;
    }
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = stop;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN; /* a reader of stdout that has gone is an error of write(), not a death */
    sigaction(SIGPIPE, &action, NULL);
    if (options.relay) relay_run(options.link);
    else session_run(&options);
    return 0;
}
