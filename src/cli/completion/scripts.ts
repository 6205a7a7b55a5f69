import {COMPLETE} from '../line/resolve.js'

/** Shells with a completion script. */
export const SHELLS = ['bash', 'fish', 'zsh'] as const

export type Shell = (typeof SHELLS)[number]

/** Returns the command that sets up completion in new shells. */
export function setUpLine(shell: Shell, bin: string): string {
  switch (shell) {
    case 'bash':
      return `echo 'eval "$(${bin} completion bash)"' >> ~/.bashrc`
    case 'fish':
      return `mkdir -p ~/.config/fish/completions && ${bin} completion fish > ~/.config/fish/completions/${bin}.fish`
    case 'zsh':
      return `echo 'eval "$(${bin} completion zsh)"' >> ~/.zshrc`
  }
}

/** Returns a completion script that calls the program. */
export function completionScript(shell: Shell, bin: string): string {
  const name = `_${bin.replaceAll(/\W/g, '_')}_complete`
  switch (shell) {
    case 'bash':
      return bash(bin, name)
    case 'fish':
      return fish(bin, `_${name}`)
    case 'zsh':
      return zsh(bin, name)
  }
}

/** Bash splits words at = and :, and replaces only the last part. */
function bash(bin: string, name: string): string {
  return String.raw`${name}() {
  local rest="${'$'}{COMP_LINE:0:COMP_POINT}" part="${'$'}{COMP_WORDS[COMP_CWORD]}" word value prefix line glued i
  local -a words=() lines=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word="${'$'}{rest#"${'$'}{rest%%[![:space:]]*}"}"
    [[ $i -gt 0 && "$word" == "$rest" ]] && glued=1 || glued=
    rest="$word"
    [[ $i -lt $COMP_CWORD ]] && word="${'$'}{COMP_WORDS[i]}"
    if [[ -n $glued && ${'$'}{#words[@]} -gt 0 ]]; then
      words[${'$'}{#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    rest="${'$'}{rest#"$word"}"
  done
  while IFS= read -r line; do lines+=("$line"); done < <(command ${bin} ${COMPLETE} bash "${'$'}{words[@]:1}" 2>/dev/null)
  part="${'$'}{word##*[=:]}"
  value="${'$'}{words[${'$'}{#words[@]}-1]}"
  [[ $value == --*=* ]] && value="${'$'}{value#*=}"
  prefix="${'$'}{value%"$part"}"
  COMPREPLY=()
  case "${'$'}{lines[0]}" in
    files | directories)
      local option=-f
      [[ ${'$'}{lines[0]} == directories ]] && option=-d
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen $option -- "$part")
      ;;
    words)
      for line in "${'$'}{lines[@]:1}"; do
        line="${'$'}{line#"$prefix"}"
        [[ $part == [\"\']* ]] || printf -v line %q "$line"
        COMPREPLY+=("$line")
      done
      ;;
  esac
}
complete -F ${name} ${bin}
`
}

function fish(bin: string, name: string): string {
  return String.raw`function ${name}
    set -l current (commandline -ct)
    set -l lines (command ${bin} ${COMPLETE} fish (commandline -opc)[2..-1] "$current" 2>/dev/null)
    set -l prefix (string match -r -- '^--[^=]+=' "$current")
    set -l value (string replace -r -- '^--[^=]+=' '' "$current")
    switch "$lines[1]"
        case files
            printf "$prefix%s\n" (__fish_complete_path "$value")
        case directories
            printf "$prefix%s\n" (__fish_complete_directories "$value")
        case words
            if test (count $lines) -gt 1
                printf "$prefix%s\n" $lines[2..-1]
            end
    end
end
complete -c ${bin} -f -a '(${name})'
`
}

/** Without the start of its completion system, as in a new `.zshrc`, zsh has no `compdef`. */
function zsh(bin: string, name: string): string {
  return String.raw`#compdef ${bin}
${name}() {
  local -a lines values shown
  local line
  lines=("${'$'}{(@f)$(command ${bin} ${COMPLETE} zsh "${'$'}{(@Q)words[2,CURRENT-1]}" "${'$'}{(Q)PREFIX}" 2>/dev/null)}")
  [[ $PREFIX == --*=* ]] && compset -P '*='
  case $lines[1] in
    files) _files ;;
    directories) _files -/ ;;
    words)
      for line in "${'$'}{(@)lines[2,-1]}"; do
        values+=("${'$'}{line%%$'\t'*}")
        shown+=("${'$'}{line/$'\t'/  -- }")
      done
      compadd -l -d shown -a values
      ;;
  esac
}
if [[ ${'$'}{zsh_eval_context[-1]} == loadautofunc ]]; then
  ${name} "$@"
else
  (( ${'$'}{+functions[compdef]} )) || { autoload -Uz compinit && compinit -i; }
  compdef ${name} ${bin}
fi
`
}
