package tools

import _ "embed"

var (
	//go:embed gonb/goexec_help.go.txt
	helpOfCells string
	//go:embed gonb/goplsclient_help.go.txt
	helpOfGopls string
	//go:embed gonb/dispatcher_help.go.txt
	helpAnswers string
)

// help makes Tab and Shift-Tab answer in tenths of a second, also while a cell runs. gonb connects to gopls 12 seconds after it has started; writes over the running cell's
// source for each question; runs goimports, go get and go list each time; and shows its own errors in place of a call's signature. It answers no is_complete_request and no
// history_request, and says that it is gonb 0.1.0.
var help = []patch{
	{gonb, "internal/goexec/help.go", "", helpOfCells},
	{gonb, "internal/goexec/goplsclient/help.go", "", helpOfGopls},
	{gonb, "internal/dispatcher/help.go", "", helpAnswers},
	{gonb, "internal/goexec/goplsclient/exec.go", "			case <-time.After(ConnectTimeout):\n				// Wait before trying to connect (again)", "			case <-time.After(pollConnection):"},
	{gonb, "internal/goexec/goplsclient/exec.go", "		<-time.After(ConnectTimeout)\n		c.mu.Lock()", "		<-time.After(pollConnection)\n		c.mu.Lock()"},
	{gonb, "internal/goexec/goplsclient/conn.go", "CommunicationTimeout = 8000 * time.Millisecond", "CommunicationTimeout = 30 * time.Second"},
	{gonb, "internal/goexec/goplsclient/conn.go", "		ProcessID: 0,\n", "		ProcessID:             0,\n		InitializationOptions: goplsSettings,\n"},
	// gopls starts when the workspace of cells is complete.
	{gonb, "internal/goexec/goexec.go", `		err = s.gopls.Start()
		if err != nil {
			klog.Errorf("Failed to start ` + "`gopls`" + `: %v", err)
		}
		klog.V(1).Infof("Started ` + "`gopls`" + `.")
`, ""},
	{gonb, "main.go", "	// Orchestrate dispatching of messages.\n", "	goExec.StartHelp()\n\n	// Orchestrate dispatching of messages.\n"},
	// Questions do not wait for cells.
	{gonb, "internal/dispatcher/dispatcher.go", "	\"execute_request\", \"inspect_request\", \"complete_request\",\n", "	\"execute_request\",\n"},
	{gonb, "internal/dispatcher/dispatcher.go", `		case "is_complete_request":
			klog.V(2).Infof("Received is_complete_request: ignoring, since it's not a console like kernel.")

		case "shutdown_request":
`, `		case "inspect_request":
			answer(msg, func() error { return inspect(msg, goExec) })
		case "complete_request":
			answer(msg, func() error { return complete(msg, goExec) })
		case "is_complete_request":
			answer(msg, func() error { return isComplete(msg) })
		case "history_request":
			answer(msg, func() error { return history(msg) })

		case "shutdown_request":
`},
	{gonb, "internal/dispatcher/dispatcher.go", "	if err = kernel.PublishKernelStatus(msg, kernel.StatusBusy); err != nil {\n", "	if err = setExecuting(msg, msg, kernel.StatusBusy); err != nil {\n"},
	{gonb, "internal/dispatcher/dispatcher.go", "		newErr := kernel.PublishKernelStatus(msg, kernel.StatusIdle)\n", "		goExec.Remember()\n		newErr := setExecuting(nil, msg, kernel.StatusIdle)\n"},
	{gonb, "internal/dispatcher/dispatcher.go", "		replyContent[\"execution_count\"] = msg.Kernel().ExecCounter\n", "		replyContent[\"execution_count\"] = msg.Kernel().ExecCounter\n		remember(code)\n"},
	{gonb, "internal/dispatcher/dispatcher.go", `	case "inspect_request":
		if err = HandleInspectRequest(msg, goExec); err != nil {
			err = errors.WithMessagef(err, "replying to 'inspect_request'")
		}
	case "complete_request":
		if err := handleCompleteRequest(msg, goExec); err != nil {
			klog.Fatal(err)
		}
`, ""},
	{gonb, "internal/kernel/messages.go", `			ImplementationVersion: version,
			Banner:                fmt.Sprintf("Go kernel: gonb - v%s", version),
`, `			ImplementationVersion: os.Getenv(protocol.GONB_VERSION),
			Banner:                fmt.Sprintf("v1lab %s: Go %s, kernel gonb %s", os.Getenv("V1LAB_VERSION"), strings.TrimPrefix(runtime.Version(), "go"), os.Getenv(protocol.GONB_VERSION)),
`},
	{gonb, "internal/kernel/messages.go", "	\"k8s.io/klog/v2\"\n	\"runtime\"\n", "	\"k8s.io/klog/v2\"\n	\"os\"\n	\"runtime\"\n	\"strings\"\n"},
}
