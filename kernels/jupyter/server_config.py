"""Settings of the server behind v1lab lab, which let the page show the state of its kernels.

A kernel that starts in a tenth of a second answers while its connection to the server is being made, and what it says then is lost. The server
therefore asks until it hears an answer, except if it takes the kernel to be busy; and that it does of a kernel restarted in the midst of a cell,
and if an answer about the kernel itself counts as work. The page in turn counts no such answers, and waits for another word of the kernel's
until a first cell has run: it shows the kernel's state as unknown.
"""

from traitlets import default

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager

ABOUT_ITSELF = ("kernel_info_request", "kernel_info_reply")


class KernelManager(AsyncMappingKernelManager):
    @default("untracked_message_types")
    def _untracked(self):  # for the page
        return [kind for kind in AsyncMappingKernelManager.untracked_message_types.default() if kind not in ABOUT_ITSELF]

    def track_message_type(self, message_type):  # for the server
        return message_type not in ABOUT_ITSELF and super().track_message_type(message_type)

    async def restart_kernel(self, kernel_id, now=False):
        answer = await super().restart_kernel(kernel_id, now=now)
        self.get_kernel(kernel_id).execution_state = "starting"
        return answer


c = get_config()  # noqa: F821
c.ServerApp.kernel_manager_class = KernelManager
