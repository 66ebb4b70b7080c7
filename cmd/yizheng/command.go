package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"yizheng/issuer"
	"yizheng/license"
	"yizheng/seal"
	"yizheng/templates"
)

// Main runs one command line and gives the exit code of the process. Nothing
// below it ends the process, so that tests run the real commands.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &console{stdin: stdin, stdout: stdout, stderr: stderr, now: time.Now}
	return c.run(ctx, args)
}

func (c *console) run(ctx context.Context, args []string) int {
	root := c.root()
	// Known before the flags are read, so that a wrong flag is told as asked for.
	c.json = slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return c.finish(err)
}

// console is where a command reads from and writes to.
type console struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	json           bool // a failure is printed as JSON
}

func (c *console) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "yizheng",
		Short: "一证: issue, verify and file the integrated industry license (行业综合许可证)",
		Long: "yizheng issues one license in place of the permits that a business needs,\n" +
			"signs them all into its QR code, and verifies such codes with or without a network.",
		Version:           version,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return fromEnvironment(cmd.Flags()) },
	}
	root.SetIn(c.stdin)
	root.SetOut(c.stdout)
	root.SetErr(c.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("flag", err) })
	root.AddCommand(
		c.officesCommand(),
		c.initCommand(),
		c.previewCommand(),
		c.issueCommand(),
		c.batchCommand(),
		c.permitCommand(),
		c.changeCommand("change", "make a new version of a license (变更)"),
		c.changeCommand("renew", "renew a license with new terms (延续)"),
		c.withdrawCommand(),
		c.holderCommand(),
		c.disputeCommand(),
		c.verifyCommand(),
		c.renderCommand(),
		c.exportCommand(),
		c.trustCommand(),
		c.statusCommand(),
		c.bundleCommand(),
		c.keysCommand(),
		c.sealCommand(),
		c.tokenCommand(),
		c.libraryCommand(),
		c.migrateCommand(),
		c.backupCommand(),
		c.restoreCommand(),
		c.registerCommand(),
		c.serveCommand(),
		c.probeCommand(),
		c.assembleCommand(),
		c.demoCommand(),
		c.readFileCommand(),
	)
	return root
}

// fromEnvironment lets YIZHENG_DATA stand for --data and so on, where the flag
// itself is not given.
func fromEnvironment(flags *pflag.FlagSet) error {
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "YIZHENG_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, set := os.LookupEnv(name)
		if f.Changed || !set || err != nil {
			return
		}
		if e := flags.Set(f.Name, value); e != nil {
			err = usage("environment", fmt.Errorf("%s: %w", name, e))
		}
	})
	return err
}

// Exit codes beside those of an outcome (verifier.Outcome.Exit), after
// sysexits.h.
const (
	exitUsage    = 64 // the command line, a file or the trust bundle cannot be used
	exitFaults   = 65 // the content breaks a rule
	exitInternal = 70 // ours: disk, database, a bug
)

// failure is an error that has an exit code and a stable reason code.
type failure struct {
	exit   int
	file   string
	reason string
	err    error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage says that the command cannot be carried out as it was given.
func usage(reason string, err error) error {
	return &failure{exit: exitUsage, reason: reason, err: err}
}

// outcomeExit ends a command that succeeded in finding out something bad.
type outcomeExit int

func (outcomeExit) Error() string { return "" }

// finish reports err, if any, and gives the exit code.
func (c *console) finish(err error) int {
	if err == nil {
		return 0
	}
	var outcome outcomeExit
	if errors.As(err, &outcome) {
		return int(outcome)
	}
	exit, faults := explain(err)
	if c.json {
		printJSON(c.stdout, map[string]any{"errors": printed(faults)})
		return exit
	}
	for _, f := range faults {
		where := strings.Join(nonEmpty(f.File, f.Field), ": ")
		if where != "" {
			where += ": "
		}
		fmt.Fprintf(c.stderr, "yizheng: %s%s (%s)\n", where, f.Message, f.Reason)
		if f.MessageZH != "" {
			fmt.Fprintf(c.stderr, "         %s\n", f.MessageZH)
		}
	}
	return exit
}

// printedFault is a fault with every member present, for programs that do not
// look whether one is there.
type printedFault struct {
	File      string `json:"file"`
	Field     string `json:"field"`
	Reason    string `json:"reason"`
	Message   string `json:"message"`
	MessageZH string `json:"messageZH"`
}

func printed(faults license.Faults) []printedFault {
	all := make([]printedFault, len(faults))
	for i, f := range faults {
		all[i] = printedFault(f)
	}
	return all
}

// filesZH says in Chinese what is wrong with a file that somebody wants checked.
var filesZH = map[string]string{
	"file_not_found":  "没有这个文件",
	"file_unreadable": "文件无法打开",
	"file_too_large":  "文件过大，不予读取",
	"file_empty":      "其中什么也没有",
	"file_format":     "不是图片、PDF或者文字",
	"file_damaged":    "文件已损坏或者被改动，无法读取；其中的内容不足为凭",
	"several_codes":   "其中有几张许可证的二维码，请一次只核验一张",
}

// explain turns any error into an exit code and the faults to print.
func explain(err error) (int, license.Faults) {
	var faults license.Faults
	var fail *failure
	switch {
	case errors.As(err, &faults):
		return exitFaults, faults
	case errors.As(err, &fail):
		return fail.exit, license.Faults{{File: fail.file, Reason: fail.reason, Message: fail.Error(), MessageZH: filesZH[fail.reason]}}
	case errors.Is(err, seal.ErrUnavailable), errors.Is(err, seal.ErrRevoked), errors.Is(err, seal.ErrCertificate), errors.Is(err, seal.ErrClock):
		// What was issued stays issued; its document is made by the next job, or
		// the next one to ask.
		return exitInternal, license.Faults{{Reason: "seal_unavailable",
			Message: err.Error() + "; what was issued stays issued, and its document is made when it is next asked for", MessageZH: "电子印章暂时无法加盖；已制发的证不受影响，文件稍后可再生成"}}
	case errors.Is(err, templates.ErrCharacter):
		return exitUsage, license.Faults{{Reason: "character_without_font",
			Message: err.Error() + `; name a font that has it under "fonts" in config.json`, MessageZH: "现有字体没有该字，请在 config.json 的 fonts 中补充含有该字的字体文件"}}
	case errors.Is(err, issuer.ErrKeyClosed):
		return exitUsage, license.Faults{{Reason: "key_closed", Message: err.Error(), MessageZH: "签发所用的密钥已关闭，不再签发；请先启用新密钥（yizheng keys）；已关闭的机关不再签发"}}
	case errors.Is(err, issuer.ErrUnproven):
		return exitInternal, license.Faults{{Reason: "output_unverifiable", Message: err.Error(), MessageZH: "所签内容通不过自身核验，已放弃；请核对本机时钟，以及信任名单是否列有本机密钥"}}
	case errors.Is(err, context.Canceled):
		return exitInternal, license.Faults{{Reason: "interrupted", Message: "interrupted"}}
	case isCobraUsage(err):
		return exitUsage, license.Faults{{Reason: "usage", Message: err.Error()}}
	}
	return exitInternal, license.Faults{{Reason: "internal", Message: err.Error()}}
}

// isCobraUsage knows the errors that cobra itself makes of a wrong command
// line: it gives them no type.
func isCobraUsage(err error) bool {
	for _, start := range []string{"unknown command", "required flag", "accepts ", "requires ", "if any flags in the group", "invalid argument"} {
		if strings.HasPrefix(err.Error(), start) {
			return true
		}
	}
	return false
}

func nonEmpty(parts ...string) []string {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return kept
}

// logger writes to standard error what is of at least the given level: a
// command that ends tells by its output, a server by its log.
func (c *console) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: level}))
}
