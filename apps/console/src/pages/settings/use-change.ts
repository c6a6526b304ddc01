import { useMutation } from "@tanstack/react-query";
import { queryClient } from "../../app/api.ts";
import { errorText } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { work } from "../../work-messages.ts";

/**
 * A change of a setting, which tells whether it worked and reads again what the pages show of the settings.
 *
 * @param told what to tell; undefined to tell nothing
 */
export const useChange = <Input, Output>(
  change: (input: Input) => Promise<Output>,
  told: string | undefined = work.settings.saved,
  onDone?: (output: Output) => void,
) =>
  useMutation({
    mutationFn: change,
    onSuccess(output) {
      if (told !== undefined) toast(told);
      void queryClient.invalidateQueries();
      onDone?.(output);
    },
    onError: (error) => toast(errorText(error)),
  });
