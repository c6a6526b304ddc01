import { useMutation } from "@tanstack/react-query";
import { queryClient } from "../../app/api.ts";
import { errorText } from "../../ui/states.tsx";
import { toast } from "../../ui/toast.ts";
import { work } from "../../work-messages.ts";

/**
 * A change of a setting, which reports its success or failure and reloads the settings that the pages show.
 *
 * @param told the message after success; undefined for none
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
