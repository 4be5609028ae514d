/**
 * The routes that the method's authors trained, "old2new": the model to the left has the task head, the modality to the
 * right is worn.
 */
export const ROUTE_NAMES = ["wesad-ecg2ppg", "wesad-ppg2ecg", "isruc-eeg2ecg", "fog-eeg2emg", "fog-emg2eeg"] as const;

export type RouteName = (typeof ROUTE_NAMES)[number];
