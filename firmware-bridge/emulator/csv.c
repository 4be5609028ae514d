#include "csv.h"

#include <stdio.h>

int csv_write(const pulse_options *options, double rate, double duration)
{
    pulse_state pulse;
    pulse_start(&pulse, options);
    if (puts("time_s,ppg,ecg,hr_bpm") < 0) return 0;
    for (double i = 0.0; i / rate < duration - 5e-7; i += 1.0) {
        pulse_sample sample = pulse_at(&pulse, i / rate);
        if (printf("%.5f,%.2f,%.5f,%.2f\n", i / rate, sample.ppg, sample.ecg, sample.heart_rate) < 0) return 0;
    }
    return fflush(stdout) == 0;
}
