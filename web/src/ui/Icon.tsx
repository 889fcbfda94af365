/** The few drawings of the pages. They say nothing that the words beside them do not say. */
const PATHS = {
  microphone: 'M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3zM6 11a6 6 0 0 0 12 0M12 17v4M9 21h6',
  'microphone-off':
    'M4 4l16 16M9 9v2a3 3 0 0 0 4.5 2.6M15 11V6a3 3 0 0 0-5.8-1M6 11a6 6 0 0 0 9.5 4.9M18 11a6 6 0 0 1-.5 2.4M12 17v4M9 21h6',
  telephone:
    'M6.5 4h3l1.5 4-2 1.5a11 11 0 0 0 5.500 5.500l1.500-2 4 1.500v3a1.800 1.800 0 0 1-1.800 1.800A15.500 15.500 0 0 1 4.700 5.800 1.800 1.800 0 0 1 6.500 4z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20a7.500 7.500 0 0 1 15 0',
  sound: 'M4 10v4h3l5 4V6L7 10zM15.500 9a4 4 0 0 1 0 6M18 6.500a8 8 0 0 1 0 11',
  'sound-off': 'M4 10v4h3l5 4V6L7 10zM16 10l5 5M21 10l-5 5',
} as const;

export function Icon({ name }: { readonly name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
