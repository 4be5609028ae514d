#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "options.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

static const char HELP[] =
    "biox-emulator: a wearable that speaks the biox frame over a pseudo-terminal\n"
    "\n"
    "What it measures\n"
    "  --hr BPM            heart rate, 30 to 220 (72)\n"
    "  --resp N            breaths a minute, 4 to 60 (15)\n"
    "  --noise X           white noise as a share of the pulse, 0 to 1 (0.02)\n"
    "  --motion X          bursts of movement, 0 to 1 (0)\n"
    "  --script NAME       rest-to-exercise: 65 to 165 bpm and back, each 3 minutes\n"
    "  --duration S        seconds of device time, 0.1 to 10000000 (no end)\n"
    "  --stdin             instead: little-endian float64 samples, interleaved, until end of input\n"
    "How it sends\n"
    "  --rate HZ           samples a second, 10 to 4000 (100)\n"
    "  --channels A,B      names; a name that begins with ecg carries the ECG, others the PPG (ppg1)\n"
    "  --unit U,..         units (adc; mV for ecg)\n"
    "  --scale X,..        unit per raw count (1; 0.001 for ecg)\n"
    "  --format F          i16, i24, i32 or f32 (i16)\n"
    "  --frame N           samples in a frame (about 40 ms)\n"
    "  --speed X           times faster than real time, 0.1 to 1000 (1)\n"
    "  --corrupt P         probability that a sample frame gets one wrong byte (0)\n"
    "  --drop P            probability that a sample frame is not sent (0)\n"
    "  --seed N            of heart, noise and faults, 0 to 2147483647 (1)\n"
    "  --link PATH         symbolic link to the terminal, removed at exit\n"
    "  --on-close MODE     while nobody reads: pause, or run on (pause with --stdin, else run)\n"
    "  --csv-out           no terminal: write time_s,ppg,ecg,hr_bpm as CSV to stdout; needs --duration\n"
    "  --relay             only a terminal: stdin goes to its reader as it is; see relay.h\n";

enum option_id {
    HR = 256, RESP, NOISE, MOTION, SCRIPT, DURATION, STDIN, RATE, CHANNELS, UNIT, SCALE, FORMAT, FRAME, SPEED,
    CORRUPT, DROP, SEED, LINK, ON_CLOSE, CSV_OUT, RELAY,
    HELP_TEXT
};

static const struct option LONG_OPTIONS[] = {
    {"hr", required_argument, NULL, HR},
    {"resp", required_argument, NULL, RESP},
    {"noise", required_argument, NULL, NOISE},
    {"motion", required_argument, NULL, MOTION},
    {"script", required_argument, NULL, SCRIPT},
    {"duration", required_argument, NULL, DURATION},
    {"stdin", no_argument, NULL, STDIN},
    {"rate", required_argument, NULL, RATE},
    {"channels", required_argument, NULL, CHANNELS},
    {"unit", required_argument, NULL, UNIT},
    {"scale", required_argument, NULL, SCALE},
    {"format", required_argument, NULL, FORMAT},
    {"frame", required_argument, NULL, FRAME},
    {"speed", required_argument, NULL, SPEED},
    {"corrupt", required_argument, NULL, CORRUPT},
    {"drop", required_argument, NULL, DROP},
    {"seed", required_argument, NULL, SEED},
    {"link", required_argument, NULL, LINK},
    {"on-close", required_argument, NULL, ON_CLOSE},
    {"csv-out", no_argument, NULL, CSV_OUT},
    {"relay", no_argument, NULL, RELAY},
    {"help", no_argument, NULL, HELP_TEXT},
    {NULL, 0, NULL, 0},
};

/*
 * Reads a decimal number, with an exponent where a program has written a small one (1e-07). strtod() alone would also
 * take " 5", "0x10", "inf" and "nan".
 */
static bool decimal(const char *text, double *value)
{
    if (text[0] == '\0' || text[0] == '+' || text[strspn(text, "0123456789.eE+-")] != '\0') return false;
    char *end = NULL;
    *value = strtod(text, &end);
    return end != text && *end == '\0';
}

static double number(const char *name, const char *text, double low, double high)
{
    double value;
    if (!decimal(text, &value) || !(value >= low && value <= high))
        fail("Expected --%s to be a number from %.10g to %.10g, but received '%s'.", name, low, high, text);
    return value;
}

static double whole(const char *name, const char *text, double low, double high)
{
    double value;
    if (!decimal(text, &value) || !(value >= low && value <= high) || value != floor(value))
        fail("Expected --%s to be a whole number from %.10g to %.10g, but received '%s'.", name, low, high, text);
    return value;
}

/* Splits `text` at its commas in place; returns the number of parts, at most OPTIONS_CHANNELS. */
static unsigned split(const char *name, char *text, const char *parts[OPTIONS_CHANNELS])
{
    unsigned count = 0;
    for (char *part = text; part != NULL;) {
        char *comma = strchr(part, ',');
        if (comma != NULL) *comma++ = '\0';
        if (count == OPTIONS_CHANNELS) fail("Expected --%s to name at most %d channels.", name, OPTIONS_CHANNELS);
        if (*part == '\0' || strlen(part) > 24)
            fail("Expected each part of --%s to have 1 to 24 characters, but received '%s'.", name, part);
        parts[count++] = part;
        part = comma;
    }
    return count;
}

static biox_format format_named(const char *text)
{
    static const char *const NAMES[] = {"i16", "i24", "i32", "f32"};
    for (unsigned i = 0; i < 4; i++)
        if (strcmp(text, NAMES[i]) == 0) return (biox_format)i;
    fail("Expected --format to be i16, i24, i32 or f32, but received '%s'.", text);
}

/* Names, units and scales to channels; a shorter list repeats its last entry. */
static void describe_channels(emulator_options *options, char *names, char *units, char *scales)
{
    const char *unit[OPTIONS_CHANNELS], *scale[OPTIONS_CHANNELS], *name[OPTIONS_CHANNELS] = {"ppg1"};
    unsigned count = names != NULL ? split("channels", names, name) : 1;
    unsigned unit_count = units != NULL ? split("unit", units, unit) : 0;
    unsigned scale_count = scales != NULL ? split("scale", scales, scale) : 0;
    for (unsigned i = 0; i < count; i++) {
        bool synthetic_ecg = strncmp(name[i], "ecg", 3) == 0 && !options->from_stdin;
        biox_channel *channel = &options->channels[i];
        *channel = (biox_channel){name[i], synthetic_ecg ? "mV" : "adc", synthetic_ecg ? 0.001 : 1.0, 0.0};
        if (unit_count > 0) channel->unit = unit[i < unit_count ? i : unit_count - 1];
        if (scale_count > 0) {
            channel->scale = number("scale", scale[i < scale_count ? i : scale_count - 1], -1e12, 1e12);
            if (channel->scale == 0.0) fail("Expected --scale to be other than 0.");
        }
    }
    options->channel_count = count;
}

static void choose_frame(emulator_options *options, unsigned wanted)
{
    size_t sample = options->channel_count * biox_format_bytes(options->format);
    size_t most = BIOX_PAYLOAD_MAX / sample < 255 ? BIOX_PAYLOAD_MAX / sample : 255;
    if (wanted > most) fail("Expected --frame to be at most %zu for this format, but received %u.", most, wanted);
    double usual = round(options->rate * 0.04);
    if (usual < 1.0) usual = 1.0;
    if (usual > (double)most) usual = (double)most;
    options->frame = wanted > 0 ? wanted : (unsigned)usual;
}

void options_read(emulator_options *options, int argc, char **argv)
{
    *options = (emulator_options){.rate = 100.0, .speed = 1.0, .seed = 1};
    options->pulse = (pulse_options){.heart_rate = 72.0, .breathing_rate = 15.0, .noise = 0.02};
    char *names = NULL, *units = NULL, *scales = NULL;
    const char *on_close = NULL;
    unsigned frame = 0;
    /* The same ranges as in SIM_RANGES of src/stream/source-uri.ts; its test runs this program at both ends of each. */
    for (int id; (id = getopt_long(argc, argv, "", LONG_OPTIONS, NULL)) != -1;) {
        switch (id) {
        case HR: options->pulse.heart_rate = number("hr", optarg, 30, 220); break;
        case RESP: options->pulse.breathing_rate = number("resp", optarg, 4, 60); break;
        case NOISE: options->pulse.noise = number("noise", optarg, 0, 1); break;
        case MOTION: options->pulse.motion = number("motion", optarg, 0, 1); break;
        case SCRIPT:
            if (strcmp(optarg, "rest-to-exercise") != 0)
                fail("Expected --script to be rest-to-exercise, but received '%s'.", optarg);
            options->pulse.exercise = true;
            break;
        case DURATION: options->duration = number("duration", optarg, 0.1, 1e7); break;
        case STDIN: options->from_stdin = true; break;
        case RATE: options->rate = number("rate", optarg, 10, 4000); break;
        case CHANNELS: names = optarg; break;
        case UNIT: units = optarg; break;
        case SCALE: scales = optarg; break;
        case FORMAT: options->format = format_named(optarg); break;
        case FRAME: frame = (unsigned)whole("frame", optarg, 1, 255); break;
        case SPEED: options->speed = number("speed", optarg, 0.1, 1000); break;
        case CORRUPT: options->corrupt = number("corrupt", optarg, 0, 1); break;
        case DROP: options->drop = number("drop", optarg, 0, 1); break;
        case SEED: options->seed = (uint64_t)whole("seed", optarg, 0, 2147483647); break;
        case LINK: options->link = optarg; break;
        case ON_CLOSE:
            on_close = optarg;
            if (strcmp(on_close, "pause") != 0 && strcmp(on_close, "run") != 0)
                fail("Expected --on-close to be pause or run, but received '%s'.", optarg);
            break;
        case CSV_OUT: options->csv_out = true; break;
        case RELAY: options->relay = true; break;
        case HELP_TEXT:
            fputs(HELP, stdout);
            exit(0);
        default: exit(1); /* getopt_long has named the option on stderr */
        }
    }
    if (optind < argc) fail("Expected only options, but received '%s'.", argv[optind]);
    if (options->csv_out && options->duration <= 0) fail("Expected --duration S with --csv-out.");
    if (options->relay && (options->csv_out || options->from_stdin)) fail("Expected --relay without --stdin or --csv-out.");
    if (options->csv_out && options->from_stdin) fail("Expected --csv-out without --stdin.");
    describe_channels(options, names, units, scales);
    choose_frame(options, frame);
    options->pause_closed = on_close != NULL ? strcmp(on_close, "pause") == 0 : options->from_stdin;
    options->pulse.seed = options->seed;
}
